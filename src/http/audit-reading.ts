import { setTimeout } from 'node:timers/promises'
import type { AuditOutcome, AuditTarget } from '../cluster/audit.ts'
import { onlyTeam } from '../cluster/caller.ts'
import type { Change } from '../cluster/json.ts'
import { recordAuditAlone } from '../store/audit-entries.ts'
import type { Call } from './call.ts'

/** What an entry about a reading of the audit log is about. Things that entries tell of are not its targets: to be read about is no event in a cluster's life. */
const auditLog: AuditTarget = { type: 'audit', id: 'audit-log', displayName: 'audit log' }

/**
 * Writes down that the log is read: who asked, and for what. A page that follows another is a reading like the first:
 * its token tells of what is read, and not that it was.
 */
export async function recordReading(
  call: Call,
  outcome: AuditOutcome = 'SUCCESS',
  more: readonly Change[] = [],
): Promise<void> {
  const { deps, caller, mutation } = call
  await recordAuditAlone(deps.store, mutation.who, {
    action: 'audit.read',
    outcome,
    targets: [auditLog],
    team: onlyTeam(caller.scopes),
    changes: [
      { path: '/request', before: null, after: deps.scrub(requestOf(call)).slice(0, longestRequest) },
      ...more,
    ],
  })
}

/** How long a reading waits for its entry: much longer than a write takes that is not held up. */
const patienceMs = 1000

/**
 * Reads stay up while nothing can be written, those of the log too. The entry is then written when it can be, or else
 * the process's own log tells of the reading.
 */
export async function recordReadingIfPossible(call: Call): Promise<void> {
  const { requestId, path, caller, deps } = call
  const recorded = recordReading(call).catch((error) => {
    const told = { err: error, requestId, path, actor: caller.actor.id }
    deps.log.error(told, 'a reading of the audit log could not be recorded')
  })
  const patience = new AbortController()
  const { signal } = patience
  await Promise.race([recorded, setTimeout(patienceMs, undefined, { signal }).catch(() => {})])
  patience.abort()
}

/** A URL may be longer than anybody reads. */
const longestRequest = 2000

/** As it was asked, in clear; of a page token, which nobody could read, that there was one. */
function requestOf({ path, rawQuery }: Call): string {
  const query = decoded(rawQuery)
  return `GET ${path}${query === '' ? '' : `?${query}`}`
}

function decoded(rawQuery: string): string {
  const pairs = [...new URLSearchParams(rawQuery)]
  return pairs.map(([name, value]) => `${name}=${name === 'pageToken' ? '…' : value}`).join('&')
}
