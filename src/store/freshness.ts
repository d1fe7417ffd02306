import { toRfc3339 } from '../cluster/clock.ts'
import type { Session, Tables } from './store.ts'

/** What tells when a cluster was last seen, beside its own document. */
export function freshnessColumns({ clusters, connections }: Tables) {
  return {
    document: clusters.document,
    observedTime: clusters.observedTime,
    absentSyncs: clusters.absentSyncs,
    state: clusters.state,
    operationStatus: clusters.operationStatus,
    syncedTime: connections.syncedTime,
  }
}

interface Freshness {
  document: string
  observedTime: number | null
  absentSyncs: number
  state: string
  operationStatus: string | null
  syncedTime: number | null
}

const unseen = new Set(['MISSING', 'DELETED'])
const open = new Set(['PENDING', 'RUNNING', 'OUTCOME_UNKNOWN'])
const observation = /"observedTime":(?:null|"[^"\\]*"),"observedVia":(?:null|"[^"\\]*")/

/**
 * The document with the time of the last complete sync where that saw the cluster later than anything else did. A sync
 * writes only the rows that changed, so what it has seen unchanged is told here. Inside a text of the document a quote
 * is escaped, so that only the real fields match.
 */
export function freshDocument(row: Freshness): string {
  const { document, observedTime, syncedTime } = row
  const seen = row.absentSyncs === 0 && !unseen.has(row.state) && !open.has(row.operationStatus ?? '')
  if (!seen || observedTime === null || syncedTime === null || syncedTime <= observedTime) return document
  return document.replace(observation, `"observedTime":"${toRfc3339(syncedTime)}","observedVia":"sync"`)
}

/** When each connection was last completely synced, for those that a caller can use. There are few. */
export async function readSyncs({ db, tables: { connections } }: Session) {
  return db
    .select({
      connection: connections.name,
      teams: connections.teams,
      lastSync: connections.lastSync,
      deleteTime: connections.deleteTime,
    })
    .from(connections)
}
