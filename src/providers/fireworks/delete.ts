import { ProviderFailure } from '../../cluster/failure.ts'
import type { Account } from '../../cluster/provider.ts'
import { observe } from './lookup.ts'
import { call, clusterPath } from './request.ts'

/** Accepted is not gone: the cluster is DELETING until it is no longer found. */
export async function remove(account: Account, externalId: string): Promise<{ requestId: string | null }> {
  try {
    const path = clusterPath(account, externalId)
    const { requestId } = await call(account, { operation: 'deleteCluster', method: 'DELETE', path })
    return { requestId }
  } catch (error) {
    if (error instanceof ProviderFailure && (await isUnderWay(account, externalId, error))) {
      return { requestId: error.requestId }
    }
    throw error
  }
}

/** What is gone, or on its way out since an earlier call, is what was asked for. */
async function isUnderWay(account: Account, externalId: string, failure: ProviderFailure): Promise<boolean> {
  if (failure.kind === 'not-found') return true
  if (failure.kind !== 'wrong-state') return false
  const observed = await observe(account, externalId)
  return observed === null || observed.state === 'DELETING'
}
