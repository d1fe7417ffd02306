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

describe('202 by force', () => {
  const reason = 'INC-1042: nobody can reach it'

  test('an admin deletes what is protected; that, and why, is in the entry', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ deletionProtection: true })
    const { status, json } = await harness.send(`DELETE /clusters/${id}?force=true`, { headers: { reason } })
    expect([status, json.state]).toEqual([202, 'DELETING'])
    const [entry] = await entriesOf(harness, 'cluster.delete')
    expect(entry).toMatchObject({ outcome: 'SUCCESS', reason })
    expect(entry?.changes).toContainEqual({ path: '/force', before: null, after: true })
  })

  test('validateOnly tells that the protection is not in the way, and takes no reason', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ deletionProtection: true })
    const { status, json } = await harness.send(`DELETE /clusters/${id}?force=true&validateOnly=true`)
    expect([status, json]).toMatchObject([200, { allowed: true, blockedBy: null }])
    expect((await harness.send(`GET /clusters/${id}`)).json.state).toBe('PENDING')
  })

  test('400 without a reason, whether it is protected or not', async () => {
    await using harness = await openHarness()
    for (const deletionProtection of [true, false]) {
      const id = await harness.makeCluster({ deletionProtection, name: `c-${deletionProtection}` })
      const { status, json } = await harness.send(`DELETE /clusters/${id}?force=true`)
      expect([status, json.errors]).toMatchObject([400, [{ pointer: 'header/Reason' }]])
      expect((await harness.send(`GET /clusters/${id}`)).json.state).toBe('PENDING')
    }
    const outcomes = (await entriesOf(harness, 'cluster.delete')).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['FAILURE', 'FAILURE'])
  })

  test('403 for an operator, which is written down', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ deletionProtection: true })
    const key = await harness.makeKey('operator', 'search')
    const sent = { key, headers: { reason } }
    const { status, json } = await harness.send(`DELETE /clusters/${id}?force=true`, sent)
    expect([status, json.code]).toEqual([403, 'forbidden'])
    expect((await harness.send(`GET /clusters/${id}`)).json.state).toBe('PENDING')
    expect(await entriesOf(harness, 'cluster.delete')).toMatchObject([{ outcome: 'DENIED', reason }])
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
