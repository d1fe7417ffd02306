import { ProviderFailure } from '../../cluster/failure.ts'
import type { Account, Observed, Wanted } from '../../cluster/provider.ts'
import { findInList } from './list.ts'
import { call, clusterPath } from './request.ts'
import { readSettings } from './settings.ts'
import { observedFrom } from './wire.ts'

type Look =
  | { observed: Observed; timeMs: number | null }
  /** `plainly`: the answer speaks of the cluster, not of an address that leads nowhere. */
  | { observed: null; plainly: boolean }

async function look(account: Account, id: string): Promise<Look> {
  try {
    const answer = await call(account, {
      operation: 'getCluster',
      method: 'GET',
      path: clusterPath(account, id),
    })
    const { accountId } = readSettings(account.settings)
    return { observed: observedFrom(answer.json, answer, accountId), timeMs: answer.timeMs }
  } catch (error) {
    if (!(error instanceof ProviderFailure) || error.kind !== 'not-found') throw error
    return { observed: null, plainly: !/^not found\.?$|gave no reason/i.test(error.message) }
  }
}

/** A bare "Not Found" is also what an address unknown to Fireworks answers: then the list decides. */
export async function observe(account: Account, externalId: string): Promise<Observed | null> {
  const looked = await look(account, externalId)
  if (looked.observed !== null || looked.plainly) return looked.observed
  const listed = await findInList(account, externalId)
  return listed.observed
}

/**
 * The name is the id, so one read tells of the cluster that is there. "Not found" may also mean "not for this key to
 * see", so only the list, read to its end, tells that there is none.
 */
export async function find(
  account: Account,
  wanted: Wanted,
): Promise<{ found: Observed[]; providerTime: number | null }> {
  const looked = await look(account, wanted.name)
  if (looked.observed !== null) return { found: [looked.observed], providerTime: looked.timeMs }
  const listed = await findInList(account, wanted.name)
  return { found: listed.observed === null ? [] : [listed.observed], providerTime: listed.timeMs }
}
