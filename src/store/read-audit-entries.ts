import { eq, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import { type Condition, conjunctsOf, equals, ofTeams } from '../cluster/filter/condition.ts'
import { compiledRead } from './compiled.ts'
import { type AuditOrderBy, auditListable } from './listing/audit-listable.ts'
import { type Counted, countRows } from './listing/count-rows.ts'
import { readPage } from './listing/read-page.ts'
import { readPageToken, writePageToken } from './page-token.ts'
import type { ListedPage } from './read-clusters.ts'
import type { Store } from './store.ts'

export interface AuditQuery {
  /** Only entries of these teams; those of no team are for who sees all of them. */
  visibleTeams: Teams
  action?: string
  outcome?: string
  actor?: string
  team?: string
  target?: string
  requestId?: string
  /** Epoch milliseconds, from included, to excluded. */
  from?: number
  to?: number
  /** Its text is what a page token belongs to: the condition of an age differs from one moment to the next. */
  filter?: { text: string; condition: Condition }
  oldestFirst?: boolean
  pageSize: number
  pageToken: string | undefined
}

/** Newest first, unless asked otherwise: the ids sort by time. */
export async function listAuditEntries(store: Store, query: AuditQuery): Promise<ListedPage> {
  const { pageSize, pageToken, filter, ...given } = query
  const bound = { ...given, filter: filter?.text }
  const { ids, next } = readPage(store.reader, auditListable(store.reader), {
    ...wantedOf(query),
    descending: query.oldestFirst !== true,
    size: pageSize,
    after: pageToken === undefined ? undefined : readPageToken(store.tokenKey, bound, pageToken),
  })
  return {
    documents: readDocuments(store, ids),
    nextPageToken: next && writePageToken(store.tokenKey, bound, next),
  }
}

function readDocuments(store: Store, ids: readonly string[]): string[] {
  const select = compiledRead(store.reader, 'listed audit entry', ({ db, tables: { auditEntries: t } }) => {
    const columns = { document: t.document }
    return {
      columns,
      query: db
        .select(columns)
        .from(t)
        .where(eq(t.id, sql.placeholder('id'))),
    }
  })
  return ids.flatMap((id) => select({ id }).map(({ document }) => document))
}

/** How many entries there are, as far as the counting goes. */
export function countAuditEntries(store: Store, query: AuditQuery): Counted {
  return countRows(store.reader, auditListable(store.reader), wantedOf(query))
}

/** The entry's team, for who may see it, and the entry as the API shows it. */
export async function findAuditEntry(store: Store, id: string) {
  const { db, tables } = store.reader
  const [row] = await db
    .select({ team: tables.auditEntries.team, document: tables.auditEntries.document })
    .from(tables.auditEntries)
    .where(eq(tables.auditEntries.id, id))
  return row
}

function wantedOf(query: AuditQuery): { conditions: Condition[]; orderBy: AuditOrderBy } {
  const conditions = conditionsOf(query)
  const bounded = conditions.some((condition) => condition.kind === 'test' && condition.field === 'time')
  return { conditions, orderBy: bounded ? 'time' : 'id' }
}

function conditionsOf({ visibleTeams, from, to, filter, ...query }: AuditQuery): Condition[] {
  const { team, action, outcome, actor, target, requestId } = query
  const equalities = { team, action, outcome, 'actor.id': actor, target, requestId }
  const time = { kind: 'test', field: 'time' } as const
  return [
    ...ofTeams(visibleTeams),
    ...Object.entries(equalities).flatMap(([name, value]) =>
      value === undefined ? [] : [equals(name, value)],
    ),
    ...(from === undefined
      ? []
      : [{ ...time, test: { is: 'compared', operator: '>=', value: from } } as const]),
    ...(to === undefined ? [] : [{ ...time, test: { is: 'compared', operator: '<', value: to } } as const]),
    ...(filter ? conjunctsOf(filter.condition) : []),
  ]
}
