import { describe, expect, test } from 'vitest'
import { gatewayItself } from '../../src/cluster/actor.ts'
import { findLost } from '../../src/keys/lost-secrets.ts'
import { RecoveryKeys } from '../../src/keys/recovery.ts'
import { resetMasterKey } from '../../src/store/reset-master-key.ts'
import { sealCanary } from '../../src/vault/canary.ts'
import { readLabel } from '../../src/vault/envelope.ts'
import { parseMasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'
import { entriesOf } from '../http/harness.ts'
import { Keyed, kidOf, newKeyText } from './keyed.ts'

/** A gateway that was started read-only, with `keys` and without the one that sealed. */
async function recovering(...keys: string[]) {
  const keyed = await Keyed.open()
  const cluster = await keyed.clusterWithSecret('index', 'pass-of-index')
  const { deps, store } = keyed.harness
  const recovery = new RecoveryKeys(store, keys.map(parseMasterKey))
  deps.masterKeys = recovery
  deps.vault = recovery.vault
  return { keyed, cluster, recovery }
}

describe('a gateway started without its lost master key', () => {
  test('reads: inventory, connections, audit', async () => {
    const { keyed: opened, cluster } = await recovering()
    await using keyed = opened
    for (const path of ['/clusters', `/clusters/${cluster}`, '/connections', '/audit-entries', '/whoami']) {
      expect([path, (await keyed.harness.send(`GET ${path}`)).status]).toEqual([path, 200])
    }
  })

  test('refuses every change and reveal with 503 master-key-lost, and writes that down', async () => {
    const { keyed: opened, cluster } = await recovering()
    await using keyed = opened
    const before = (await keyed.harness.send(`GET /clusters/${cluster}`)).text
    const lines = [
      'POST /clusters',
      `PATCH /clusters/${cluster}`,
      `DELETE /clusters/${cluster}`,
      `POST /clusters/${cluster}/credentials/reveal`,
      `PUT /clusters/${cluster}/credentials`,
      'POST /connections',
      'POST /api-keys',
      'PUT /admin/freeze',
      'POST /admin/keys/rotate',
      `POST /admin/keys/${kidOf(keyed.first)}/retire`,
    ]
    for (const line of lines) {
      const { status, json } = await keyed.harness.send(line, { body: {} })
      expect([line, status, json.code]).toEqual([line, 503, 'master-key-lost'])
    }
    expect((await keyed.harness.send(`GET /clusters/${cluster}`)).text).toBe(before)
    expect((await entriesOf(keyed.harness, 'credential.reveal'))[0]).toMatchObject({ outcome: 'FAILURE' })
  })

  test('names what is lost and the ways out; to everybody, it tells how much', async () => {
    const { keyed: opened, cluster, recovery } = await recovering()
    await using keyed = opened
    const { json } = await keyed.harness.send('GET /admin/keys')
    expect(json).toMatchObject({
      readOnly: true,
      lost: {
        kids: [kidOf(keyed.first)],
        connections: [{ name: 'zilliz-prod' }],
        clusters: [{ id: cluster, name: 'index' }],
        remedies: [expect.stringContaining('backup'), expect.stringContaining('keys reset')],
      },
    })
    const summary = await recovery.summary()
    expect(summary).toContain('the API keys of 1 connections and the credentials of 1 clusters')
    for (const name of ['zilliz-prod', 'index']) expect(summary).not.toContain(name)
  })

  test('says so where nothing is lost', async () => {
    const { keyed: opened } = await recovering()
    await using keyed = opened
    const found = new RecoveryKeys(keyed.harness.store, [parseMasterKey(keyed.first)])
    expect((await found.report()).lost).toBeNull()
    expect(await found.summary()).toContain('nothing is lost')
  })
})

/** What `clustergate keys reset` does. */
async function reset(keyed: Keyed, ...keys: [string, ...string[]]) {
  const [current, ...former] = keys.map(parseMasterKey)
  if (!current) throw new Error('a reset takes a key')
  const held = new Set([current, ...former].map(({ kid }) => kid))
  const lost = await findLost(keyed.harness.store.reader, held)
  const isLost = (envelope: string) => !held.has(readLabel(envelope)?.kid ?? '')
  await resetMasterKey(
    keyed.harness.store,
    { who: { ...gatewayItself('req_reset'), reason: 'the safe has burnt' } },
    {
      kid: current.kid,
      canary: await sealCanary(createVault({ current, former })),
      lostKids: lost?.kids ?? [],
      isLost,
    },
  )
  keyed.write(...keys)
  await keyed.start()
}

describe('after a reset', () => {
  test('the gateway starts with the new key, and every loss can be seen and made good', async () => {
    await using keyed = await Keyed.open()
    const { harness } = keyed
    const cluster = await keyed.clusterWithSecret('index', 'pass-of-index')
    const second = newKeyText()
    await reset(keyed, second)
    expect(await keyed.wraps()).toEqual({ [kidOf(second)]: 1 })

    expect((await harness.send(`GET /clusters/${cluster}`)).json.credentialState).toBe('LOST')
    expect((await keyed.reveal(cluster)).json.code).toBe('credentials-lost')
    const body = { username: 'db', password: 'a-new-password' }
    expect((await harness.send(`PUT /clusters/${cluster}/credentials`, { body })).status).toBe(200)
    expect((await keyed.reveal(cluster)).json.password).toBe('a-new-password')

    const { json } = await harness.send('GET /connections')
    const [connection] = json.connections as { id: string; lastError: unknown }[]
    expect(connection?.lastError).toMatchObject({ code: 'api-key-lost' })
    const patched = await harness.send(`PATCH /connections/${connection?.id}`, {
      body: { teams: ['search'] },
    })
    expect(patched.json.lastError).toMatchObject({ code: 'api-key-lost' })
    const sent = { body: { apiKey: 'a-new-api-key' } }
    expect((await harness.send(`PATCH /connections/${connection?.id}`, sent)).json).toMatchObject({
      verifying: true,
    })
    expect(await keyed.wraps()).toEqual({ [kidOf(second)]: 3 })
  })

  test('each loss is in the audit log, with who and why, and the lost key never comes back', async () => {
    await using keyed = await Keyed.open()
    const cluster = await keyed.clusterWithSecret('index', 'pass-of-index')
    const second = newKeyText()
    await reset(keyed, second)
    const entries = await entriesOf(keyed.harness, 'master-key.reset')
    const targets = entries.flatMap(({ targets }) => targets as { type: string; id: string }[])
    expect(targets.map(({ type }) => type).sort()).toEqual(['cluster', 'connection', 'gateway'])
    expect(targets).toContainEqual(expect.objectContaining({ id: cluster }))
    expect(new Set(entries.map(({ reason }) => reason))).toEqual(new Set(['the safe has burnt']))
    const { json } = await keyed.harness.send('GET /admin/keys')
    expect(json.keys).toMatchObject([{ kid: kidOf(second), role: 'CURRENT' }, { role: 'RETIRED' }])
  })

  test('what another key opens is kept', async () => {
    await using keyed = await Keyed.open()
    const old = await keyed.clusterWithSecret('old', 'pass-of-old')
    const second = newKeyText()
    keyed.write(second, keyed.first)
    await keyed.start()
    const later = await keyed.clusterWithSecret('later', 'pass-of-later')
    await reset(keyed, second)
    expect((await keyed.reveal(later)).json.password).toBe('pass-of-later')
    expect((await keyed.reveal(old)).json.code).toBe('credentials-lost')
  })
})
