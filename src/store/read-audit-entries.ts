import { eq } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import { type Condition, conjunctsOf, equals, ofTeams } from '../cluster/filter/condition.ts'
import { auditListable } from './listing/audit-listable.ts'
import { type Counted, countRows } from './listing/count-rows.ts'
import { everyPage } from './listing/every-page.ts'
import { type Position, readPage } from './listing/read-page.ts'
import type { ListedPage } from './read-clusters.ts'
import { countFound, searchPage } from './search-audit-entries.ts'
import type { Snapshot } from './snapshots.ts'
import { selectByIds } from './statements.ts'
import type { Session, Store } from './store.ts'

/** Which entries, and in which order. */
export interface AuditSelection {
  /** Only entries of these teams; those of no team are for who sees all of them. */
  visibleTeams: Teams
  action?: string
  outcome?: string
  actor?: string
  team?: string
  target?: string
  requestId?: string
  /** Words to search for; see `matchesText`. */
  q?: string
  /** Epoch milliseconds, from included, to excluded. */
  from?: number
  to?: number
  /** Its text is what a page token belongs to: the condition of an age differs from one moment to the next. */
  filter?: { text: string; condition: Condition }
  oldestFirst?: boolean
}

export interface AuditQuery extends AuditSelection {
  /** Who reads: a page token serves nobody else. */
  reader: string
  pageSize: number
  pageToken: string | undefined
}

/** Newest first, unless asked otherwise. */
export async function listAuditEntries(store: Store, query: AuditQuery): Promise<ListedPage> {
  const { pageSize, pageToken, filter, ...given } = query
  const bound = { ...given, filter: filter?.text }
  const after = pageToken === undefined ? undefined : store.pageTokens.read(bound, pageToken)
  const { rows, next } = await readEntries(store.reader, query, pageSize, after)
  return {
    documents: rows.map(({ document }) => document),
    nextPageToken: next && store.pageTokens.write(bound, next),
  }
}

/** Every entry of a snapshot that is asked for, so many at a time. */
export function exportAuditEntries(snapshot: Snapshot, selection: AuditSelection): AsyncGenerator<string[]> {
  return everyPage(snapshot, async (session, { size, after }) => {
    const { rows, next } = await readEntries(session, selection, size, after)
    return { page: rows.map(({ document }) => document), next }
  })
}

/** How many entries there are, as far as the counting goes. */
export async function countAuditEntries({ reader }: Store, selection: AuditSelection): Promise<Counted> {
  const conditions = conditionsOf(selection)
  const { q } = selection
  if (q !== undefined) return countFound(reader, { text: q, conditions })
  return countRows(reader, auditListable(reader), { conditions, orderBy: 'time' })
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

async function readEntries(
  session: Session,
  selection: AuditSelection,
  size: number,
  after: Position | undefined,
) {
  const { auditEntries: t } = session.tables
  const shown = { name: 'listed audit entry', columns: { document: t.document } }
  const conditions = conditionsOf(selection)
  const wanted = { conditions, descending: selection.oldestFirst !== true, size, after }
  const { q } = selection
  if (q === undefined) return readPage(session, auditListable(session), { ...wanted, orderBy: 'time' }, shown)
  const { ids, next } = await searchPage(session, { ...wanted, text: q })
  return { rows: await selectByIds(session, shown.name, t, t.id, shown.columns, ids), next }
}

function conditionsOf({ visibleTeams, from, to, filter, ...query }: AuditSelection): Condition[] {
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
