import type { JsonObject } from '../../src/cluster/json.ts'
import { exampleIds } from '../../src/http/schemas/ids.ts'
import { exampleKid } from '../../src/http/schemas/master-key.ts'
import { noteMasterKey } from '../../src/store/master-keys.ts'
import { eksCluster, type Harness, openHarness, zillizCluster } from './harness.ts'

const dedicatedSpec = {
  plan: 'DEDICATED',
  projectId: 'proj-0123456789abcdef012345',
  cuType: 'Performance-optimized',
  cuSize: 1,
}

/** What must be so before the example of an operation can be carried out, on the cluster that it speaks of. */
const preparations: Record<string, (harness: Harness, id: string) => Promise<unknown>> = {
  suspendCluster: (harness, id) => harness.change(id, { spec: dedicatedSpec }),
  resumeCluster: (harness, id) => harness.change(id, { state: 'SUSPENDED', spec: dedicatedSpec }),
  retryCluster: (harness, id) => harness.change(id, { operationStatus: 'FAILED', state: 'FAILED' }),
  approveCluster: (harness, id) => waiting(harness, id),
  rejectCluster: (harness, id) => waiting(harness, id),
  importClusters: (harness, id) =>
    harness.change(id, { management: 'UNMANAGED', externalId: 'in05-0123456789abcde' }),
  getClusterAccess: (harness, id) =>
    harness.change(id, {
      access: { endpoint: 'https://eks.example', eks: { clusterName: 'inference', region: 'us-east-1' } },
    }),
  revealCredentials: (harness, id) =>
    harness.send(`PUT /clusters/${id}/credentials`, { body: { username: 'u', password: 'password' } }),
  retireMasterKey: async (harness) => {
    await noteMasterKey(harness.store, exampleKid)
    await harness.send('POST /admin/keys/rotate')
  },
}

/** As a create of somebody else's that waits for a second person. */
function waiting(harness: Harness, id: string): Promise<void> {
  const requestedBy = { type: 'api_key', id: exampleIds.key, displayName: 'search-ci' } as const
  const requestTime = harness.clock.now()
  const approval = {
    status: 'PENDING',
    rules: [{ rule: 'approval.above.clusters', input: 6, limit: 5 }],
    role: 'operator',
    requestedBy,
    askers: [requestedBy.id],
    requestTime,
    expireTime: requestTime + 3600_000,
    decidedBy: null,
    decideTime: null,
    reason: null,
  } as const
  const operation = { operationStatus: 'PENDING', operationEndTime: null, dueTime: null } as const
  return harness.change(id, {
    ...operation,
    state: 'PENDING_APPROVAL',
    externalId: null,
    createdBy: requestedBy,
    approval: { ...approval, rules: [...approval.rules], askers: [...approval.askers] },
  })
}

/** Operations whose example makes a connection of a name that the other examples need. */
const withoutConnections = ['createConnection']

/** A gateway in which the example of an operation can be carried out, and the ids that stand for those of the examples. */
export async function openExampleHarness(
  operationId: string,
): Promise<{ harness: Harness; idOf: Record<string, string> }> {
  const harness = await openHarness()
  const { json } = await harness.send('GET /connections?name=zilliz-prod')
  const [connection] = json.connections as [JsonObject]
  await harness.store.write(async ({ db, tables }) => {
    const directory = { regions: [{ regionId: 'gcp-us-west1' }], projects: [] }
    await db.update(tables.connections).set({ directory, directoryTime: harness.clock.now() })
    const { connections } = tables
    if (withoutConnections.includes(operationId)) await db.update(connections).set({ deleteTime: 1 })
  })
  const key = await harness.send('POST /api-keys', { body: { role: 'viewer', team: 'search' } })
  const cluster = await exampleCluster(harness, operationId)
  await harness.sequence()
  const [entry] = (await harness.send('GET /audit-entries')).json.auditEntries as [JsonObject]
  return {
    harness,
    idOf: {
      [exampleIds.clu]: cluster,
      [exampleIds.con]: String(connection.id),
      [exampleIds.key]: String(key.json.id),
      [exampleIds.aud]: String(entry.id),
    },
  }
}

async function exampleCluster(harness: Harness, operationId: string): Promise<string> {
  if (operationId === 'createConnection') return exampleIds.clu
  const onFireworks = ['getClusterAccess', 'deleteConnection'].includes(operationId)
  const id = await harness.makeCluster({ ...(onFireworks ? eksCluster : zillizCluster), name: 'example' })
  await harness.settle(id)
  await preparations[operationId]?.(harness, id)
  return id
}
