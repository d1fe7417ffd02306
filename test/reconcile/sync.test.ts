import { expect, test } from 'vitest'
import { requestDelete } from '../../src/store/change-cluster.ts'
import type { ConnectionRow } from '../../src/store/connection-rows.ts'
import { requestVisit } from '../../src/store/connections.ts'
import { listClusters } from '../../src/store/read-clusters.ts'
import { findConnection } from '../../src/store/read-connections.ts'
import { asker, Bench, projectId } from './harness.ts'

const stranger = { clusterName: 'stranger', projectId, regionId: 'gcp-us-west1', kind: 'serverless' } as const

async function sync(bench: Bench, connection: { id: string }): Promise<void> {
  bench.clock.advance(1000)
  await requestVisit(bench.store, { who: asker }, connection.id, 'connection.sync')
  await bench.settle(60_000)
}

async function inventory(bench: Bench) {
  const page = await listClusters(bench.store, {
    visibleTeams: '*',
    conditions: [],
    asked: null,
    orderBy: 'createTime',
    descending: true,
    pageSize: 200,
    pageToken: undefined,
  })
  return page.documents.map((document) => JSON.parse(document))
}

async function lastSync(bench: Bench, connection: ConnectionRow) {
  return (await findConnection(bench.store, connection.id))?.lastSync
}

test('a cluster that nobody asked for appears as UNMANAGED', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  await bench.settle(0)
  bench.zilliz.addCluster(stranger)
  await sync(bench, connection)
  expect(await inventory(bench)).toMatchObject([{ name: 'stranger', management: 'UNMANAGED', team: '*' }])
  expect(await lastSync(bench, connection)).toMatchObject({ status: 'SUCCEEDED', clusterCount: 1 })
})

test('a cluster is MISSING only after two complete syncs and a direct look, and returns when found again', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  const id = await bench.create(connection, 'vanishing')
  await bench.settle(600_000)
  const { externalId } = await bench.cluster(id)
  bench.zilliz.removeCluster(String(externalId))
  await sync(bench, connection)
  expect((await bench.cluster(id)).state).toBe('READY')
  await sync(bench, connection)
  expect((await bench.cluster(id)).state).toBe('MISSING')
})

test('a sync that fails half-way changes nothing but its own record', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  const id = await bench.create(connection, 'steady')
  await bench.settle(600_000)
  const before = await bench.cluster(id)
  bench.zilliz.removeCluster(String(before.externalId))
  for (let i = 0; i < 3; i++) {
    bench.zilliz.faults.add({ operation: 'listClusters', fault: { kind: 'html' }, times: 10 })
    await sync(bench, connection)
    bench.zilliz.faults.clear()
  }
  const { version, state } = await bench.cluster(id)
  expect({ version, state }).toEqual({ version: before.version, state: before.state })
  expect(await lastSync(bench, connection)).toMatchObject({ status: 'FAILED' })
})

test('a change made behind our back is drift, with before and after', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  const id = await bench.create(connection, 'drifting', {
    plan: 'DEDICATED',
    projectId,
    cuType: 'Performance-optimized',
    cuSize: 1,
  })
  await bench.settle(600_000)
  bench.zilliz.changeCluster(String((await bench.cluster(id)).externalId), { cuSize: 4 })
  await sync(bench, connection)
  const cluster = await bench.cluster(id)
  expect(cluster.spec.cuSize).toBe(4)
  expect(cluster.drift?.changes).toEqual([{ path: '/spec/cuSize', before: 1, after: 4 }])
})

test('a cluster deleted here that lives on at the provider is told as such', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('fireworks')
  const id = await bench.create(connection, 'undead')
  await bench.settle(600_000)
  await requestDelete(bench.store, { who: asker }, id)
  await bench.settle(600_000)
  bench.fireworks.addCluster({
    clusterId: 'undead',
    eksCluster: { awsAccountId: '123456789012', region: 'us-east-1' },
  })
  await sync(bench, connection)
  const zombie = (await inventory(bench)).find((cluster) => cluster.management === 'UNMANAGED')
  expect(zombie.stateReason).toContain(id)
})

test.each(['zilliz', 'fireworks'] as const)(
  'a list at %s that was read before a delete ended does not bring the cluster back',
  async (provider) => {
    await using bench = new Bench()
    const connection = await bench.connect(provider)
    const id = await bench.create(connection, 'going')
    await bench.settle(600_000)
    const [listed, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow = bench.replica(async (request) => {
      const answer = await bench.send(request)
      if (request.operation === 'listClusters') {
        listed.resolve()
        await go.promise
      }
      return answer
    })
    await requestVisit(bench.store, { who: asker }, connection.id, 'connection.sync')
    await slow.startDue()
    await listed.promise
    // Asked for only now, so that it is not the slow one that takes it.
    await requestDelete(bench.store, { who: asker }, id)
    await bench.settle(60_000)
    expect((await bench.cluster(id)).state).toBe('DELETED')
    go.resolve()
    await slow.idle()
    expect((await inventory(bench)).map(({ state }) => state)).toEqual(['DELETED'])
  },
)

test('a steady inventory costs list calls only, and is not rewritten', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  for (let i = 0; i < 3; i++) bench.zilliz.addCluster({ ...stranger, clusterName: `steady-${i}` })
  await bench.settle(60_000)
  const before = await inventory(bench)
  bench.zilliz.requests.clear()
  await sync(bench, connection)
  expect(new Set(bench.zilliz.requests.list().map((request) => request.operation))).toEqual(
    new Set(['listProjects', 'listClouds', 'listRegions', 'listClusters']),
  )
  expect((await inventory(bench)).map((cluster) => cluster.etag)).toEqual(
    before.map((cluster) => cluster.etag),
  )
  const { db, tables } = bench.store.reader
  expect(await db.select().from(tables.clusterVersions)).toEqual([])
})
