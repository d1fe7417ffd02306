import { hash } from 'node:crypto'
import { everyTeam } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import type { Connection } from '../cluster/connection.ts'
import { etagOf } from '../cluster/document.ts'
import { type Place, placeTeam } from '../cluster/place.ts'
import type { Tables } from './store.ts'

export type ConnectionRow = Tables['connections']['$inferSelect']

/** Where a connection's API key is sealed for: it opens nowhere else, and for no other teams. */
export function apiKeyPlace({ id, teams }: Pick<ConnectionRow, 'id' | 'teams'>): Place {
  return { table: 'connections', row: id, column: 'sealedApiKey', team: placeTeam(teams) }
}

/** Tells two API keys apart, opens nothing: the first 16 hex digits of the key's SHA-256. */
export function fingerprintOf(apiKey: string): string {
  return hash('sha256', apiKey).slice(0, 16)
}

/** A connection as the API shows it: never its key. */
export function renderConnection(row: Connection) {
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    teams: row.teams,
    settings: row.settings,
    apiKeyFingerprint: row.apiKeyFingerprint,
    createTime: toRfc3339(row.createTime),
    updateTime: toRfc3339(row.updateTime),
    verifiedTime: toRfc3339(row.verifiedTime),
    verifying: row.verifyRequestedTime !== null,
    lastError: row.lastError,
    lastSync: row.lastSync && {
      ...row.lastSync,
      startTime: toRfc3339(row.lastSync.startTime),
      endTime: toRfc3339(row.lastSync.endTime),
      completeTime: toRfc3339(row.lastSync.completeTime),
    },
    etag: etagOf(row.version),
  }
}

export function isDeleted(row: ConnectionRow): boolean {
  return row.deleteTime !== null
}

/** A connection of one team is that team's affair; one of several, or of all, is the platform's. */
export function owningTeam({ teams: [team, ...others] }: Pick<ConnectionRow, 'teams'>): string | null {
  return team === undefined || team === everyTeam || others.length > 0 ? null : team
}
