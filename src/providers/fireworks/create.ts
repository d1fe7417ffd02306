import type { Account, Created, Wanted } from '../../cluster/provider.ts'
import { call, clusterPath, notUnderstood } from './request.ts'
import { readSettings } from './settings.ts'
import { clusterBody, observedFrom } from './wire.ts'

/** There is no idempotency key at Fireworks; what keeps a second create from making a second cluster is its id. */
export async function create(account: Account, wanted: Wanted): Promise<Created> {
  const answer = await call(account, {
    operation: 'createCluster',
    method: 'POST',
    path: clusterPath(account),
    body: { cluster: clusterBody(wanted), clusterId: wanted.name },
  })
  const observed = observedFrom(answer.json, answer, readSettings(account.settings).accountId)
  if (observed.externalId !== wanted.name) throw notUnderstood(answer, 'it tells of another cluster')
  return { externalId: observed.externalId, credentials: null, observed, requestId: answer.requestId }
}
