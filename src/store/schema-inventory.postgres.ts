import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { integer } from './columns.postgres.ts'

/** By which words a cluster is found. Words that begin alike lie side by side, so that any prefix is read as far as wanted and no further. */
export const clusterWords = pgTable(
  'cluster_words',
  {
    word: text('word').notNull(),
    clusterId: text('cluster_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.word, t.clusterId] })],
)

/** How many clusters there are of each kind, for summaries; see cluster-counts.ts. Empty text stands for null, and for what a cube does not tell. */
export const clusterCounts = pgTable(
  'cluster_counts',
  {
    cube: text('cube').notNull(),
    labelKey: text('label_key').notNull(),
    team: text('team').notNull(),
    labelValue: text('label_value').notNull(),
    provider: text('provider').notNull(),
    connection: text('connection').notNull(),
    region: text('region').notNull(),
    plan: text('plan').notNull(),
    state: text('state').notNull(),
    management: text('management').notNull(),
    creator: text('creator').notNull(),
    month: text('month').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [
    primaryKey({
      columns: [
        t.cube,
        t.labelKey,
        t.team,
        t.labelValue,
        t.provider,
        t.connection,
        t.region,
        t.plan,
        t.state,
        t.management,
        t.creator,
        t.month,
      ],
    }),
  ],
)
