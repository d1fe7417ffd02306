import { ProviderFailure } from '../../cluster/failure.ts'
import type { Account, Observed } from '../../cluster/provider.ts'
import { describeCluster } from './describe.ts'
import { absenceIn } from './errors.ts'
import { isListed } from './list.ts'
import { askAbout } from './wire.ts'

/** One cluster as it is now; null when it is plainly not there, or no longer. */
export async function observe(account: Account, externalId: string): Promise<Observed | null> {
  try {
    const observed = await describeCluster(account, externalId)
    return observed.state === 'DELETED' ? null : observed
  } catch (failure) {
    if (await isGone(account, externalId, failure)) return null
    throw failure
  }
}

/** Moves the cluster to the recycle bin; a free one is gone at once. */
export async function drop(account: Account, externalId: string): Promise<{ requestId: string | null }> {
  try {
    const call = { operation: 'dropCluster', method: 'DELETE', path: '/drop' } as const
    const { requestId } = await askAbout(account, externalId, call)
    return { requestId }
  } catch (failure) {
    if (!(await isGone(account, externalId, failure))) throw failure
    return { requestId: failure instanceof ProviderFailure ? failure.requestId : null }
  }
}

export function suspend(account: Account, externalId: string): Promise<{ requestId: string | null }> {
  return act(account, externalId, 'suspend')
}

export function resume(account: Account, externalId: string): Promise<{ requestId: string | null }> {
  return act(account, externalId, 'resume')
}

async function act(account: Account, externalId: string, verb: 'suspend' | 'resume') {
  const call = { operation: `${verb}Cluster`, method: 'POST', path: `/${verb}` } as const
  const { requestId } = await askAbout(account, externalId, call)
  return { requestId }
}

async function isGone(account: Account, externalId: string, failure: unknown): Promise<boolean> {
  const absence = absenceIn(failure)
  return absence === 'plain' || (absence === 'hinted' && !(await isListed(account, externalId)))
}
