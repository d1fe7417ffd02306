import { newId } from '../../src/cluster/id.ts'
import {
  type ClusterRow,
  insertClusterRow,
  readClusterRow,
  updateClusterRow,
} from '../../src/store/cluster-rows.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import type { Store } from '../../src/store/store.ts'
import { orderOf, who } from './orders.ts'

const batch = 1000

/** Adds clusters that run and want nothing. Answers their ids. */
export async function addSteadyClusters(
  store: Store,
  connection: { id: string; name: string },
  count: number,
): Promise<string[]> {
  const { document } = await createCluster(store, { who }, orderOf(connection, 'search-index'))
  const first = await settle(store, String(JSON.parse(document).id))
  const ids = [first.id]
  while (ids.length < count) {
    const length = Math.min(batch, count - ids.length)
    const rows = Array.from({ length }, (_, index) => anotherLikeIt(first, ids.length + index))
    await store.write(async (session) => {
      for (const row of rows) await insertClusterRow(store, session, row)
    })
    ids.push(...rows.map((row) => row.id))
  }
  return ids
}

/** As the reconciler leaves a cluster that runs. */
function settle(store: Store, id: string): Promise<ClusterRow> {
  const time = store.clock.now()
  return store.write(async (session) =>
    updateClusterRow(store, session, await readClusterRow(session, id), {
      ...upstream(0),
      state: 'READY',
      providerState: 'RUNNING',
      credentialState: 'AVAILABLE',
      readyTime: time,
      observedTime: time,
      observedVia: 'poll',
      operationStatus: 'SUCCEEDED',
      operationEndTime: time,
      operationAttempts: 1,
      operationNextAttemptTime: null,
      dueTime: null,
    }),
  )
}

function anotherLikeIt(first: ClusterRow, index: number): ClusterRow {
  const name = `${first.name}-${index}`
  return { ...first, ...upstream(index), id: newId('clu'), name, displayName: `Search index ${index}` }
}

function upstream(index: number) {
  const externalId = `in05-${String(index).padStart(15, '0')}`
  return { externalId, endpoint: `https://${externalId}.serverless.gcp-us-west1.cloud.zilliz.com` }
}
