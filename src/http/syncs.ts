import { servesAny } from '../cluster/caller.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { readSyncs } from '../store/freshness.ts'
import type { Call } from './call.ts'
import { visibleTeams } from './visible.ts'

/** The state of every sync that an answer about clusters rests on, of the connections that the caller can use. */
export async function visibleSyncs(call: Call) {
  const teams = visibleTeams(call)
  const all = await readSyncs(call.deps.store.reader)
  return all
    .filter((row) => row.deleteTime === null && servesAny(row.teams, teams))
    .map(({ connection, lastSync }) => ({
      connection,
      status: lastSync?.status ?? null,
      completeTime: toRfc3339(lastSync?.completeTime ?? null),
    }))
}
