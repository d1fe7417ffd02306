import { describe, expect, test } from 'vitest'
import { permissionsOf, type Role, roles } from '../../src/cluster/actor.ts'
import { operations } from '../../src/http/operations.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { openHarness } from './harness.ts'

const reads = [
  'whoAmI',
  'getFreeze',
  'listTeams',
  'getTeam',
  'getPolicy',
  'listProviders',
  'getProvider',
  'listConnections',
  'getConnection',
  'listConnectionRegions',
  'listConnectionProjects',
  'listClusters',
  'summarizeClusters',
  'diffClusters',
  'getCluster',
  'getClusterAccess',
]
const works = [
  'createCluster',
  'updateCluster',
  'deleteCluster',
  'suspendCluster',
  'resumeCluster',
  'refreshCluster',
  'retryCluster',
  'releaseCluster',
  'approveCluster',
  'rejectCluster',
  'importClusters',
  'revealCredentials',
  'supplyCredentials',
]
const audits = [
  'listAuditEntries',
  'getAuditEntry',
  'getAuditEntryProof',
  'getClusterHistory',
  'getLatestAuditCheckpoint',
  'getAuditConsistency',
  'listAuditCheckpointKeys',
  'listApiKeys',
  'getApiKey',
  'getMasterKeys',
]

/** Who may do what, said once more in other words than the table of permissions. */
const allowed: Record<Role, string[]> = {
  viewer: reads,
  operator: [...reads, ...works],
  auditor: [...reads, ...audits],
  admin: [
    ...reads,
    ...works,
    ...audits,
    'createConnection',
    'updateConnection',
    'deleteConnection',
    'verifyConnection',
    'syncConnection',
    'updateTeam',
    'updatePolicy',
    'deletePolicy',
    'testPolicy',
    'updateFreeze',
    'rotateMasterKey',
    'retireMasterKey',
    'createApiKey',
    'revokeApiKey',
    'rotateApiKey',
  ],
}

const guarded = operations(adapters, '0').filter((operation) => operation.permission !== 'public')

describe.each(roles)('%s', (role) => {
  test('may do exactly this', () => {
    const may = guarded.filter(({ permission }) => permissionsOf[role].has(permission))
    expect(may.map(({ operationId }) => operationId).sort()).toEqual([...allowed[role]].sort())
  })

  test('is refused the rest with 403, before anything else is looked at', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey(role, '*')
    for (const { operationId, method, path } of guarded) {
      const line = `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'nothing')}`
      const body = method === 'get' ? undefined : '{"nonsense":'
      const { status } = await harness.send(line, { key, body })
      expect([operationId, status === 403]).toEqual([operationId, !allowed[role].includes(operationId)])
    }
  })
})

test('without a key every one of them is 401', async () => {
  await using harness = await openHarness()
  for (const { method, path } of guarded) {
    const line = `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'nothing')}`
    expect((await harness.send(line, { key: null })).status).toBe(401)
  }
})

test('what is public says why it needs no audit entry', () => {
  for (const operation of operations(adapters, '0')) {
    if (operation.permission === 'public') expect(operation.audit.notAudited).not.toBe('')
  }
})
