import { describe, expect, test } from 'vitest'
import { eksCluster, entriesOf, openHarness } from './harness.ts'

describe('202', () => {
  test('suspend, resume', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.settle(id)
    const dedicated = {
      spec: { plan: 'DEDICATED', projectId: 'proj-1', cuType: 'Performance-optimized', cuSize: 1 },
    }
    await harness.change(id, dedicated)
    const suspended = await harness.send(`POST /clusters/${id}/suspend`)
    expect([suspended.status, suspended.json]).toMatchObject([202, { state: 'SUSPENDING' }])
    await harness.settle(id, { state: 'SUSPENDED' })
    const resumed = await harness.send(`POST /clusters/${id}/resume`, { body: {} })
    expect([resumed.status, resumed.json]).toMatchObject([202, { state: 'RESUMING' }])
    expect(await entriesOf(harness, 'cluster.resume')).toHaveLength(1)
  })

  test('refresh makes the cluster due', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.settle(id)
    const due = new Promise((resolve) => harness.store.events.once('due', () => resolve(true)))
    expect((await harness.send(`POST /clusters/${id}/refresh`)).status).toBe(202)
    expect(await due).toBe(true)
  })

  test('retry goes on with what failed', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.change(id, { state: 'FAILED', operationStatus: 'FAILED' })
    const { status, json } = await harness.send(`POST /clusters/${id}/retry`)
    expect([status, json]).toMatchObject([
      202,
      { state: 'PENDING', operation: { kind: 'create', status: 'PENDING' } },
    ])
  })
})

describe('400', () => {
  test('a body with something in it', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const { status, json } = await harness.send(`POST /clusters/${id}/refresh`, { body: { now: true } })
    expect([status, json.code]).toEqual([400, 'invalid-request'])
  })
})

describe('409', () => {
  test("the provider cannot: in the provider's words", async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster(eksCluster)
    await harness.settle(id)
    const { status, json } = await harness.send(`POST /clusters/${id}/suspend`)
    expect([status, json.code]).toEqual([409, 'unsupported-by-provider'])
    expect(json.detail).toContain('Fireworks')
  })

  test('not in this state', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.settle(id)
    expect((await harness.send(`POST /clusters/${id}/retry`)).json.code).toBe('wrong-state')
  })
})
