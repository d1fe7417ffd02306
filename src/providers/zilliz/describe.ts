import type { Account, Observed } from '../../cluster/provider.ts'
import { toObserved } from './observed.ts'
import { clusterRecordIn } from './record.ts'
import { askAbout, notUnderstood } from './wire.ts'

/** Asks for one cluster. Fails in whatever way the service says that there is none. */
export async function describeCluster(account: Account, externalId: string): Promise<Observed> {
  const reply = await askAbout(account, externalId, { operation: 'describeCluster', method: 'GET', path: '' })
  const record = clusterRecordIn(reply.data)
  if (record === undefined) throw notUnderstood(reply, 'the cluster has no id or no status', 'no')
  return toObserved(record, reply.requestId)
}
