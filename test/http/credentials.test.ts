import { describe, expect, test } from 'vitest'
import { findSealed } from '../../src/store/credentials.ts'
import { holdWrites } from '../engine/open-store.ts'
import { entriesOf, type Harness, openHarness } from './harness.ts'

const secret = { username: 'db_admin', password: 'pa"ss-5f1c0de' }

async function withSecret(): Promise<{ harness: Harness; id: string }> {
  const harness = await openHarness()
  const id = await harness.makeCluster()
  const { status } = await harness.send(`PUT /clusters/${id}/credentials`, { body: secret })
  expect(status).toBe(200)
  return { harness, id }
}

const reveal = (harness: Harness, id: string, body: unknown = { reason: 'INC-1' }, key = harness.admin) =>
  harness.send(`POST /clusters/${id}/credentials/reveal`, { body, key })

describe('supply: 200', () => {
  test('says SUPPLIED, and nothing of the secret', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    const { json, text } = await harness.send(`GET /clusters/${id}`)
    expect(json.credentialState).toBe('SUPPLIED')
    const [entry] = await entriesOf(harness, 'credential.supply')
    for (const shown of [text, JSON.stringify(entry), harness.logLines.join('')]) {
      expect(shown).not.toContain(secret.password)
      expect(shown).not.toContain('5f1c0de')
    }
    expect(harness.hidden).toContain(secret.password)
  })
})

describe('supply: 400', () => {
  test.each([{}, { username: 'x' }, { ...secret, more: 1 }, { username: '', password: '' }, []])(
    '%j',
    async (body) => {
      await using harness = await openHarness()
      const id = await harness.makeCluster()
      expect((await harness.send(`PUT /clusters/${id}/credentials`, { body })).status).toBe(400)
    },
  )
})

describe('reveal: 200', () => {
  test('the secret, audited before, stored by nobody', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    const { status, json, headers } = await reveal(harness, id)
    expect([status, json]).toEqual([200, secret])
    expect(headers.get('cache-control')).toBe('no-store')
    const [entry] = await entriesOf(harness, 'credential.reveal')
    expect(entry).toMatchObject({ outcome: 'SUCCESS', reason: 'INC-1', targets: [{ type: 'cluster', id }] })
    expect(harness.logLines.join('')).not.toContain('5f1c0de')
  })

  test('the reason may be in its header', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    const sent = { headers: { reason: 'INC-2' } }
    expect((await harness.send(`POST /clusters/${id}/credentials/reveal`, sent)).status).toBe(200)
    expect((await entriesOf(harness, 'credential.reveal'))[0]?.reason).toBe('INC-2')
  })

  test('an Idempotency-Key keeps no secret: each reveal is one of its own', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    const sent = { body: { reason: 'INC-1' }, headers: { 'idempotency-key': 'k1' } }
    for (let i = 0; i < 2; i++) {
      const { headers } = await harness.send(`POST /clusters/${id}/credentials/reveal`, sent)
      expect(headers.has('idempotent-replayed')).toBe(false)
    }
    expect(await entriesOf(harness, 'credential.reveal')).toHaveLength(2)
  })
})

describe('reveal: 400', () => {
  test.each([{}, { reason: '' }, { reason: ' ' }, { reason: 'x'.repeat(513) }])(
    'without a proper reason: %j',
    async (body) => {
      const { harness: opened, id } = await withSecret()
      await using harness = opened
      const { status, json } = await reveal(harness, id, body)
      expect([status, json.errors]).toMatchObject([400, [{ pointer: '/reason' }]])
    },
  )
})

describe('reveal: 403', () => {
  test.each(['viewer', 'auditor'] as const)('a %s', async (role) => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    expect((await reveal(harness, id, {}, await harness.makeKey(role, '*'))).status).toBe(403)
    expect((await entriesOf(harness, 'credential.reveal'))[0]).toMatchObject({
      outcome: 'DENIED',
      targets: [{ id }],
    })
  })
})

describe('reveal: 409', () => {
  test('where there are none', async () => {
    await using harness = await openHarness()
    const { status, json } = await reveal(harness, await harness.makeCluster())
    expect([status, json.code]).toEqual([409, 'no-credentials'])
  })

  test('where they were lost, with the remedies', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.change(id, { credentialState: 'LOST' })
    const { status, json } = await reveal(harness, id)
    expect([status, json.code]).toEqual([409, 'credentials-lost'])
    expect(json.detail).toContain(`PUT /clusters/${id}/credentials`)
  })
})

describe('reveal, once', () => {
  async function revealedOnce(harness: Harness, id: string) {
    const again = await reveal(harness, id)
    expect([again.status, again.json.code]).toEqual([409, 'already-revealed'])
    expect(again.text).not.toContain('5f1c0de')
    expect((await harness.send(`GET /clusters/${id}`)).json.credentialState).toBe('REVEALED')
    expect(await findSealed(harness.store.reader, id)).toBeUndefined()
  }

  test('because whoever reveals asks for it', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    const { status, json, headers } = await reveal(harness, id, { reason: 'INC-1', oneTime: true })
    expect([status, json, headers.get('cache-control')]).toEqual([200, secret, 'no-store'])
    expect((await entriesOf(harness, 'credential.reveal'))[0]).toMatchObject({
      outcome: 'SUCCESS',
      changes: [{ path: '/credentialState', before: 'SUPPLIED', after: 'REVEALED' }],
    })
    await revealedOnce(harness, id)
  })

  test('because whoever supplied them asked for it', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    const body = { ...secret, oneTimeReveal: true }
    const { json } = await harness.send(`PUT /clusters/${id}/credentials`, { body })
    expect(json.credentialState).toBe('SUPPLIED')
    const { status, json: told } = await reveal(harness, id)
    expect([status, told]).toEqual([200, secret])
    await revealedOnce(harness, id)
  })

  test('of many at the same time one is told', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    const asked = Array.from({ length: 8 }, () => reveal(harness, id, { reason: 'race', oneTime: true }))
    const statuses = (await Promise.all(asked)).map(({ status, json }) => json.code ?? status)
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 7 }, () => 'already-revealed')])
    const told = (await entriesOf(harness, 'credential.reveal')).filter(
      ({ outcome }) => outcome === 'SUCCESS',
    )
    expect(told).toHaveLength(1)
  })

  test('a plain reveal beside it is told nothing that is gone already', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    const once = reveal(harness, id, { reason: 'first', oneTime: true })
    const plain = reveal(harness, id)
    const [{ status }, { json }] = await Promise.all([once, plain])
    expect(status).toBe(200)
    // The one that came first, which the engine decides, was told before anything was gone.
    const [latest] = await entriesOf(harness, 'credential.reveal')
    if (latest?.reason === 'first') expect(json).toEqual(secret)
    else expect(json.code).toBe('already-revealed')
  })

  test('others can be supplied after', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    await reveal(harness, id, { reason: 'INC-1', oneTime: true })
    const body = { username: 'reader', password: 'another-5f1c0de' }
    expect((await harness.send(`PUT /clusters/${id}/credentials`, { body })).status).toBe(200)
    for (let i = 0; i < 2; i++) expect((await reveal(harness, id)).json).toEqual(body)
  })

  test('is no wish that can be half meant: 400', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    expect((await reveal(harness, id, { reason: 'INC-1', oneTime: 'yes' })).status).toBe(400)
    expect((await reveal(harness, id)).status).toBe(200)
  })
})

describe('reveal: 503', () => {
  test.each([false, true])(
    'where its entry cannot be written nothing is told (oneTime: %s)',
    async (oneTime) => {
      await using harness = await openHarness({}, 1)
      const id = await harness.makeCluster()
      await harness.send(`PUT /clusters/${id}/credentials`, { body: secret })
      const release = await holdWrites(harness.path)
      const { status, json, text } = await reveal(harness, id, { reason: 'INC-1', oneTime })
      expect([status, json.code]).toEqual([503, 'audit-unavailable'])
      expect(text).not.toContain('5f1c0de')
      await release()
      expect(await entriesOf(harness, 'credential.reveal')).toEqual([])
      expect((await reveal(harness, id, { reason: 'INC-1', oneTime })).json).toEqual(secret)
    },
  )
})

describe('reveal: 500', () => {
  test('what does not open is not shown, and its cause goes to the log alone', async () => {
    const { harness: opened, id } = await withSecret()
    await using harness = opened
    await harness.store.write(async ({ db, tables }) => {
      await db.update(tables.credentials).set({ sealed: '{"broken":true}' })
    })
    const { status, json, text } = await reveal(harness, id)
    expect([status, json.code]).toEqual([500, 'internal-error'])
    expect(text).not.toContain('envelope')
    expect(harness.logLines.join('')).toContain('envelope')
  })
})
