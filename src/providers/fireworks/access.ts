import { ProviderFailure } from '../../cluster/failure.ts'
import type { Access, Account, Observed } from '../../cluster/provider.ts'
import { type Answer, call, clusterPath } from './request.ts'
import { blockOf, textOf } from './spec.ts'

/** Endpoint and certificate authority. Fireworks gives no credential: an EKS cluster takes AWS's own. */
export async function access(account: Account, observed: Observed): Promise<Access | null> {
  const answer = await connectionInfo(account, observed.externalId)
  const endpoint = textOf(answer?.json ?? null, 'endpoint')
  if (answer === null || endpoint === null) return null
  const caData = textOf(answer.json, 'caData')
  const eks = blockOf(observed.spec, 'eks')
  const clusterName = textOf(eks, 'clusterName') ?? observed.name
  return {
    endpoint,
    ...(caData === null ? {} : { caData }),
    ...(eks === null || observed.region === null ? {} : { eks: { clusterName, region: observed.region } }),
  }
}

/** Null while the cluster is not in a state to be reached. */
async function connectionInfo(account: Account, id: string): Promise<Answer | null> {
  try {
    return await call(account, {
      operation: 'getClusterConnectionInfo',
      method: 'GET',
      // The colon is part of the address and goes as it is.
      path: `${clusterPath(account, id)}:getConnectionInfo`,
    })
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'wrong-state') return null
    throw error
  }
}
