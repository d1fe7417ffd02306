import { describe, expect, test } from 'vitest'
import { eksCluster, entriesOf, openHarness } from './harness.ts'

describe('202', () => {
  test('accepts; what will remain is in the audit entry', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster(eksCluster)
    await harness.settle(id)
    const { status, json } = await harness.send(`DELETE /clusters/${id}`)
    expect([status, json]).toMatchObject([202, { state: 'DELETING', operation: { kind: 'delete' } }])
    const [entry] = await entriesOf(harness, 'cluster.delete')
    expect(entry?.changes).toContainEqual({
      path: '/residue',
      before: null,
      after: expect.stringContaining('123456789012'),
    })
  })

  test('again is no other delete', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const first = await harness.send(`DELETE /clusters/${id}`)
    const second = await harness.send(`DELETE /clusters/${id}`)
    expect([second.status, second.json]).toEqual([202, first.json])
  })
})

describe('200 with validateOnly', () => {
  test('tells what remains and changes nothing', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster(eksCluster)
    const { status, json } = await harness.send(`DELETE /clusters/${id}?validateOnly=true`)
    expect([status, json]).toMatchObject([200, { clusterId: id, allowed: true, blockedBy: null }])
    expect(json.residue).toContain('keep costing')
    expect((await harness.send(`GET /clusters/${id}`)).json.state).toBe('PENDING')
  })

  test('tells what is in the way', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ deletionProtection: true })
    const { json } = await harness.send(`DELETE /clusters/${id}?validateOnly=true`)
    expect(json).toMatchObject({ allowed: false, blockedBy: 'deletion-protected' })
  })
})

describe('409', () => {
  test('a protected cluster', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ deletionProtection: true })
    const { status, json } = await harness.send(`DELETE /clusters/${id}`)
    expect([status, json.code]).toEqual([409, 'deletion-protected'])
  })
})

describe('412', () => {
  test.each(['', '?validateOnly=true'])('If-Match with an old ETag %s', async (query) => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const sent = { headers: { 'if-match': '"9"' } }
    expect((await harness.send(`DELETE /clusters/${id}${query}`, sent)).status).toBe(412)
  })
})
