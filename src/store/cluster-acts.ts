import { and, asc, desc, eq, getTableColumns, gt, lte, sql } from 'drizzle-orm'
import { reconcilerActor } from '../cluster/actor.ts'
import type { AuditEntry } from '../cluster/audit.ts'
import { type Act, actOf } from '../cluster/cluster-act.ts'
import type { VersionRow } from './cluster-versions.ts'
import { compiledRead } from './compiled.ts'
import type { PastRow } from './past-rows.ts'
import { fixedLimit } from './statements.ts'
import type { Session } from './store.ts'

/** What made a version of a cluster, and when. */
export interface TimedAct extends Omit<Act, 'entryId'> {
  time: number
  /** Null where retention has removed the entry. */
  entryId: string | null
}

export interface Acts {
  /** The latest first. */
  acts: TimedAct[]
  /** There were more, before these. */
  more: boolean
}

/** Acts that are told of one cluster. */
export const mostActs = 50

/**
 * What made a cluster what it was at the end of an interval that it changed in, back to the beginning of that, or to
 * where it came to a team that may be seen.
 */
export async function readActs(
  session: Session,
  { last, from, to, sees }: { last: PastRow; from: number; to: number; sees: (team: string) => boolean },
): Promise<Acts> {
  const acts: TimedAct[] = []
  let made = last
  for (const version of await endedWithin(session, last.id, from, to)) {
    if (acts.length === mostActs) return { acts, more: true }
    acts.push({ ...(version.endedBy ?? unnamed), time: version.validUntil })
    if (!sees(version.team)) return { acts, more: false }
    made = version
  }
  if (made.version === 1 && made.updateTime > from) {
    if (acts.length === mostActs) return { acts, more: true }
    acts.push(await firstAct(session, made))
  }
  return { acts, more: false }
}

/** Every way to change a cluster writes an entry about it; this is for one that a fault has left without. */
const unnamed: Omit<TimedAct, 'time'> = {
  entryId: null,
  action: 'cluster.observe',
  actor: { type: reconcilerActor.type, id: reconcilerActor.id, displayName: reconcilerActor.displayName },
}

function endedWithin(
  session: Session,
  id: string,
  from: number,
  to: number,
): VersionRow[] | Promise<VersionRow[]> {
  const select = compiledRead(session, 'versions that ended', ({ db, tables: { clusterVersions: t } }) => {
    const within = and(gt(t.validUntil, sql.placeholder('from')), lte(t.validUntil, sql.placeholder('to')))
    const query = db
      .select()
      .from(t)
      .where(and(eq(t.id, sql.placeholder('id')), within))
      .orderBy(desc(t.validUntil), desc(t.version))
      .limit(fixedLimit(mostActs + 1))
    return { columns: getTableColumns(t), query }
  })
  return select({ id, from, to })
}

/** How the cluster came to be: its first entry, or, where retention has removed that, what the cluster itself tells. */
async function firstAct(session: Session, { id, createdBy, updateTime: time }: PastRow): Promise<TimedAct> {
  const select = compiledRead(session, 'first entry', ({ db, tables }) => {
    const { auditEntries: entries, auditTargets: targets } = tables
    const columns = { document: entries.document }
    const query = db
      .select(columns)
      .from(targets)
      .innerJoin(entries, eq(entries.id, targets.entryId))
      .where(eq(targets.targetId, sql.placeholder('id')))
      .orderBy(asc(targets.time), asc(targets.entryId))
      .limit(fixedLimit(1))
    return { columns, query }
  })
  const discovered = createdBy.id === reconcilerActor.id
  const action = discovered ? 'cluster.discover' : 'cluster.create'
  const [first] = await select({ id })
  const entry = first && (JSON.parse(first.document) as AuditEntry)
  if (entry?.action === action) return { ...actOf(entry), time }
  return { entryId: null, action, actor: createdBy, time }
}
