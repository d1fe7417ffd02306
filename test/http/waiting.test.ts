import { describe, expect, test } from 'vitest'
import type { Directory } from '../../src/cluster/provider.ts'
import { findConnection } from '../../src/store/read-connections.ts'
import { type Harness, openHarness, zillizCluster } from './harness.ts'

const patient = { prefer: 'respond-async, wait=30' }

/** The store itself listens to what becomes of connections. */
const ownListeners = { cluster: 0, connection: 1 }

/** Does `act` once somebody waits for a cluster or connection to change. */
async function whenSomebodyWaits(
  harness: Harness,
  event: 'cluster' | 'connection',
  act: () => Promise<void>,
) {
  while (harness.store.events.listenerCount(event) === ownListeners[event])
    await new Promise((resolve) => setImmediate(resolve))
  await act()
}

describe('Prefer: wait on a change', () => {
  test.each(['SUCCEEDED', 'FAILED'] as const)(
    'answers when the operation has %s',
    async (operationStatus) => {
      await using harness = await openHarness()
      const answering = harness.send('POST /clusters', { body: zillizCluster, headers: patient })
      await whenSomebodyWaits(harness, 'cluster', async () => {
        const { json } = await harness.send('GET /clusters')
        const [{ id }] = json.clusters as [{ id: string }]
        await harness.change(id, { stateReason: 'still at it' })
        await harness.settle(id, { operationStatus })
      })
      const { status, json, headers } = await answering
      expect([status, json]).toMatchObject([202, { operation: { status: operationStatus } }])
      expect(headers.get('preference-applied')).toBe('wait=30')
      expect([headers.get('etag'), headers.get('location')]).toEqual([json.etag, `/clusters/${json.id}`])
      expect(harness.store.events.listenerCount('cluster')).toBe(0)
    },
  )

  test('is answered as it was accepted once the cluster has come to another team', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('operator', 'search')
    const answering = harness.send('POST /clusters', { key, body: zillizCluster, headers: patient })
    await whenSomebodyWaits(harness, 'cluster', async () => {
      const { json } = await harness.send('GET /clusters')
      const [{ id }] = json.clusters as [{ id: string }]
      await harness.settle(id, { team: 'ml', displayName: 'of ml' })
    })
    const { status, json } = await answering
    expect([status, json]).toMatchObject([
      202,
      { team: 'search', displayName: 'search-index', state: 'PENDING' },
    ])
  })

  test('a replay waits too', async () => {
    await using harness = await openHarness()
    const headers = { 'idempotency-key': 'k' }
    const first = await harness.send('POST /clusters', { body: zillizCluster, headers })
    await harness.settle(String(first.json.id))
    const again = await harness.send('POST /clusters', {
      body: zillizCluster,
      headers: { ...headers, ...patient },
    })
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true'])
    expect(again.json.operation).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('patience ends: the cluster as it is then', async () => {
    await using harness = await openHarness()
    const headers = { prefer: 'wait=1' }
    const {
      status,
      json,
      headers: answered,
    } = await harness.send('POST /clusters', { body: zillizCluster, headers })
    expect([status, json.state, answered.get('preference-applied')]).toEqual([202, 'PENDING', 'wait=1'])
  })

  test('a longer wait is lowered to a minute, and ends when the server stops', async () => {
    await using harness = await openHarness()
    const headers = { prefer: 'wait=3600' }
    const answering = harness.send('POST /clusters', { body: zillizCluster, headers })
    await whenSomebodyWaits(harness, 'cluster', async () => harness.stopping.abort())
    const { status, headers: answered } = await answering
    expect([status, answered.get('preference-applied')]).toEqual([202, 'wait=60'])
  })

  test.each(['wait=0', 'wait=-1', 'wait=soon', 'wait', 'return=minimal'])(
    '%s is no preference',
    async (prefer) => {
      await using harness = await openHarness()
      const { headers } = await harness.send('POST /clusters', { body: zillizCluster, headers: { prefer } })
      expect(headers.has('preference-applied')).toBe(false)
    },
  )
})

describe('Prefer: wait on GET /clusters/{id}', () => {
  test('answers when the cluster changes', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const answering = harness.send(`GET /clusters/${id}`, { headers: patient })
    await whenSomebodyWaits(harness, 'cluster', () => harness.settle(id))
    const { status, json, headers } = await answering
    expect([status, json.state, headers.get('preference-applied')]).toEqual([200, 'READY', 'wait=30'])
  })

  test('answers at once where If-None-Match is old already', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.settle(id)
    const headers = { ...patient, 'if-none-match': '"1"' }
    expect((await harness.send(`GET /clusters/${id}`, { headers })).status).toBe(200)
  })

  test('304 when nothing happened; 200 where no ETag was given', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const headers = { prefer: 'wait=1', 'if-none-match': '"1"' }
    const { status, headers: answered } = await harness.send(`GET /clusters/${id}`, { headers })
    expect([status, answered.get('preference-applied')]).toEqual([304, 'wait=1'])
    expect((await harness.send(`GET /clusters/${id}`, { headers: { prefer: 'wait=1' } })).status).toBe(200)
  })

  test('sees what another replica wrote, of which no event tells', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const answering = harness.send(`GET /clusters/${id}`, { headers: patient })
    await whenSomebodyWaits(harness, 'cluster', async () => {
      const { emit } = harness.store.events
      harness.store.events.emit = () => false
      await harness.settle(id)
      await new Promise((resolve) => setImmediate(resolve))
      harness.store.events.emit = emit
    })
    expect((await answering).json.state).toBe('READY')
  })
})

async function zillizId(harness: Harness): Promise<string> {
  const { json } = await harness.send('GET /connections?name=zilliz-prod')
  return (json.connections as [{ id: string }])[0].id
}

/** What the reconciler writes after a visit. */
async function visited(harness: Harness, id: string, directory: Directory | null): Promise<void> {
  const now = harness.clock.now()
  await harness.store.write(async ({ db, tables }) => {
    const seen = { verifyRequestedTime: null, syncRequestedTime: null, verifiedTime: now }
    await db.update(tables.connections).set({ ...seen, directory, directoryTime: directory && now })
  })
  harness.store.events.emit('connection', id)
}

describe('verify and sync', () => {
  test.each(['verify', 'sync'])('%s: 202 at once; 200 when it has ended', async (verb) => {
    await using harness = await openHarness()
    const id = await zillizId(harness)
    expect((await harness.send(`POST /connections/${id}/${verb}`)).status).toBe(202)
    const answering = harness.send(`POST /connections/${id}/${verb}`, { headers: patient })
    await whenSomebodyWaits(harness, 'connection', () => visited(harness, id, null))
    const { status, headers } = await answering
    expect([status, headers.get('preference-applied')]).toEqual([200, 'wait=30'])
  })
})

describe('regions and projects', () => {
  const directory = {
    regions: [{ regionId: 'gcp-us-west1', cloudId: 'gcp' }],
    projects: [{ projectId: 'proj-1', projectName: 'Default' }],
  }

  test('200: as last read', async () => {
    await using harness = await openHarness()
    const id = await zillizId(harness)
    await visited(harness, id, directory)
    const observedTime = new Date(harness.clock.now()).toISOString()
    const regions = await harness.send(`GET /connections/${id}/regions`)
    expect([regions.status, regions.json]).toEqual([200, { regions: directory.regions, observedTime }])
    const projects = await harness.send(`GET /connections/${id}/projects`)
    expect(projects.json).toEqual({ projects: directory.projects, observedTime })
  })

  test('the first reading is waited for', async () => {
    await using harness = await openHarness()
    const id = await zillizId(harness)
    const answering = harness.send(`GET /connections/${id}/projects`, { headers: patient })
    await whenSomebodyWaits(harness, 'connection', () => visited(harness, id, directory))
    expect((await answering).status).toBe(200)
  })

  test('409: the provider has no such notion', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('GET /connections?name=fireworks-prod')
    const [{ id }] = json.connections as [{ id: string }]
    expect(await findConnection(harness.store, id)).toBeDefined()
    for (const notion of ['regions', 'projects']) {
      const { status, json: problem } = await harness.send(`GET /connections/${id}/${notion}`)
      expect([status, problem.code]).toEqual([409, 'unsupported-by-provider'])
    }
  })

  test('503: never read yet', async () => {
    await using harness = await openHarness()
    const sent = { headers: { prefer: 'wait=1' } }
    const { status, json, headers } = await harness.send(
      `GET /connections/${await zillizId(harness)}/regions`,
      sent,
    )
    expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'not-yet-observed', '1'])
  })
})
