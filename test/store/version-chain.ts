import type { AuditEntry } from '../../src/cluster/audit.ts'
import { sameJson } from '../../src/cluster/json.ts'
import { visibleChanges } from '../../src/store/cluster-changes.ts'
import type { ClusterRow } from '../../src/store/cluster-rows.ts'
import type { VersionRow } from '../../src/store/cluster-versions.ts'
import type { Store } from '../../src/store/store.ts'

type Kept = VersionRow | ClusterRow

/** Whether a test may have ended versions itself, behind the log's back; `unlogged` where it may have changed anything so. */
type Unnamed = 'refused' | 'allowed' | 'unlogged'

/**
 * What is wrong with the versions of all clusters: each must be kept, from the first to the one before the row itself,
 * each must end when the next begins, and the entry that ended it must tell just what that changed.
 */
export async function brokenVersions(store: Store, unnamed: Unnamed = 'refused') {
  const { db, tables } = store.reader
  const versions = Map.groupBy(await db.select().from(tables.clusterVersions), ({ id }) => id)
  const documents = await db.select({ document: tables.auditEntries.document }).from(tables.auditEntries)
  const entries = new Map(
    documents.map(({ document }) => {
      const entry = JSON.parse(document) as AuditEntry
      return [entry.id, entry]
    }),
  )
  // Retention may have removed the oldest, and the entries about the others.
  const pruned = [...entries.values()].some(({ action }) =>
    ['audit.prune', 'cluster.prune-versions'].includes(action),
  )
  return (await db.select().from(tables.clusters)).flatMap((row) => {
    const former = (versions.get(row.id) ?? []).toSorted((a, b) => a.version - b.version)
    const chain: Kept[] = [...former, row]
    const first = pruned ? (chain[0]?.version ?? 1) : 1
    if (chain.some(({ version }, i) => version !== first + i)) {
      return [`${row.id} is at version ${row.version}, and kept are ${former.map((each) => each.version)}`]
    }
    return former.flatMap((version, i) =>
      brokenLink(version, chain[i + 1] ?? row, entries, pruned ? 'allowed' : unnamed),
    )
  })
}

function brokenLink(
  version: VersionRow,
  next: Kept,
  entries: ReadonlyMap<string, AuditEntry>,
  unnamed: Unnamed,
): string[] {
  const name = `version ${version.version} of ${version.id}`
  if (version.validUntil !== next.updateTime || version.validUntil < version.updateTime) {
    return [`${name} held until ${version.validUntil}, the next one from ${next.updateTime}`]
  }
  if (unnamed === 'unlogged') return []
  const { endedBy } = version
  const wanted = visibleChanges(whole(version), whole(next))
  if (!endedBy) return unnamed === 'allowed' || wanted.length === 0 ? [] : [`nobody has ended ${name}`]
  const entry = entries.get(endedBy.entryId)
  if (!entry && unnamed === 'allowed') return []
  if (!entry) return [`${name} was ended by ${endedBy.entryId}, which is not in the log`]
  if (!sameJson({ ...entry.actor }, { ...entry.actor, ...endedBy.actor })) {
    return [`${name} was ended by another than ${entry.actor.id}`]
  }
  const untold = wanted.filter(
    ({ path, after }) => !entry.changes.some((told) => told.path === path && sameJson(told.after, after)),
  )
  return untold.map(({ path }) => `${endedBy.action} ended ${name}, and does not tell of ${path}`)
}

function whole(row: Kept): ClusterRow {
  const unkept = { observedTime: null, observedVia: null, operationNextAttemptTime: null }
  return { ...row, ...unkept } as unknown as ClusterRow
}
