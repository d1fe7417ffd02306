import { everyTeam, servesTeam } from '../cluster/actor.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { readSyncs } from '../store/freshness.ts'
import type { Call } from './call.ts'

/** The state of every sync that an answer about clusters rests on, of the connections that the caller can use. */
export async function visibleSyncs({ caller, deps }: Call) {
  const all = await readSyncs(deps.store.reader)
  return all
    .filter(
      (row) => row.deleteTime === null && (caller.team === everyTeam || servesTeam(row.teams, caller.team)),
    )
    .map(({ connection, lastSync }) => ({
      connection,
      status: lastSync?.status ?? null,
      completeTime: toRfc3339(lastSync?.completeTime ?? null),
    }))
}
