import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { readLabel } from '../../src/vault/envelope.ts'
import { entriesOf } from '../http/harness.ts'
import { Keyed, kidOf, newKeyText } from './keyed.ts'

const rotate = (keyed: Keyed, reason = 'yearly') =>
  keyed.harness.send('POST /admin/keys/rotate', { headers: { reason } })
const retire = (keyed: Keyed, text: string) => keyed.harness.send(`POST /admin/keys/${kidOf(text)}/retire`)

/** A gateway with three sealed values, whose files give another key by now. */
async function withNewKey() {
  const keyed = await Keyed.open()
  const cluster = await keyed.clusterWithSecret('index', 'pass-of-index')
  const second = newKeyText()
  keyed.write(second, keyed.first)
  return { keyed, cluster, second }
}

describe('a rotation: 202', () => {
  test('the new key seals at once, both read, and the rewrap brings everything under the new one', async () => {
    const { keyed: opened, cluster, second } = await withNewKey()
    await using keyed = opened
    const { status, json } = await rotate(keyed)
    expect(status).toBe(202)
    expect(json.keys).toMatchObject(
      [
        { kid: kidOf(keyed.first), role: 'PREVIOUS', held: true, retirable: false },
        { kid: kidOf(second), role: 'CURRENT', held: true, values: {} },
      ].reverse(),
    )
    expect(json.rewrap).toMatchObject({ remaining: 3 })
    const later = await keyed.clusterWithSecret('later', 'pass-of-later')
    expect(readLabel((await keyed.envelopes()).get(later) ?? '')?.kid).toBe(kidOf(second))
    for (const id of [cluster, later]) expect((await keyed.reveal(id)).status).toBe(200)

    await (await keyed.start()).rewrap()
    expect(await keyed.wraps()).toEqual({ [kidOf(second)]: 4 })
    expect((await keyed.reveal(cluster)).json.password).toBe('pass-of-index')
    expect((await keyed.reveal(later)).json.password).toBe('pass-of-later')
  })

  test('replaces kid and encrypted_key and nothing else', async () => {
    const { keyed: opened, cluster } = await withNewKey()
    await using keyed = opened
    const before = JSON.parse((await keyed.envelopes()).get(cluster) ?? '')
    await (await keyed.start()).rewrap()
    const after = JSON.parse((await keyed.envelopes()).get(cluster) ?? '')
    expect({ ...after, header: before.header, encrypted_key: before.encrypted_key }).toEqual(before)
    expect(after.encrypted_key).not.toBe(before.encrypted_key)
    expect(after.header).not.toEqual(before.header)
  })

  test('is written down with who, why and both ids, and so is the end of the rewrap; no key is shown', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    const { text } = await rotate(keyed, 'a key has leaked')
    await (await keyed.start()).rewrap()
    const [entry] = await entriesOf(keyed.harness, 'master-key.rotate')
    expect(entry).toMatchObject({
      outcome: 'SUCCESS',
      reason: 'a key has leaked',
      actor: { type: 'api_key' },
      changes: [{ path: '/currentKid', before: kidOf(keyed.first), after: kidOf(second) }],
    })
    const [rewrapped] = await entriesOf(keyed.harness, 'master-key.rewrap')
    expect(rewrapped?.changes).toMatchObject([{ after: 3 }])
    const { text: status } = await keyed.harness.send('GET /admin/keys')
    for (const shown of [text, status, JSON.stringify(entry), keyed.harness.logLines.join('')]) {
      for (const key of [keyed.first, second]) expect(shown).not.toContain(key)
    }
    expect(keyed.harness.hidden).toContain(second)
  })

  test('a start with a key that the database has never seen is one too', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    const masterKeys = await keyed.start()
    expect(masterKeys.vault.kid).toBe(kidOf(second))
    expect((await entriesOf(keyed.harness, 'master-key.rotate'))[0]).toMatchObject({
      actor: { type: 'system' },
      changes: [{ after: kidOf(second) }],
    })
  })

  test('a start with settings from before it does not undo it', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    await (await keyed.start()).rewrap()
    keyed.write(keyed.first, second)
    const masterKeys = await keyed.start()
    await masterKeys.rewrap()
    expect(masterKeys.vault.kid).toBe(kidOf(second))
    expect(await keyed.wraps()).toEqual({ [kidOf(second)]: 3 })
    expect((await rotate(keyed)).status).toBe(202)
    expect(masterKeys.vault.kid).toBe(kidOf(keyed.first))
  })
})

describe('a rotation: 409 key-not-rotatable, and nothing changes', () => {
  test('while the file still has the current key', async () => {
    await using keyed = await Keyed.open()
    const { status, json } = await rotate(keyed)
    expect([status, json.code]).toEqual([409, 'key-not-rotatable'])
    expect(json.detail).toContain(kidOf(keyed.first))
    expect((await entriesOf(keyed.harness, 'master-key.rotate'))[0]?.outcome).toBe('FAILURE')
  })

  test('where a restart would not find the earlier key', async () => {
    await using keyed = await Keyed.open()
    keyed.write(newKeyText())
    const { status, json } = await rotate(keyed)
    expect([status, json.code]).toEqual([409, 'key-not-rotatable'])
    expect(json.detail).toMatch(
      new RegExp(`${kidOf(keyed.first)}.*1 value of connections.sealed_api_key and 1 value of meta.value`),
    )
    expect(keyed.harness.deps.vault.kid).toBe(kidOf(keyed.first))
  })

  test('to a key that was retired', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    await (await keyed.start()).rewrap()
    expect((await retire(keyed, keyed.first)).status).toBe(200)
    keyed.write(keyed.first, second)
    expect((await rotate(keyed)).json).toMatchObject({ code: 'key-not-rotatable' })
    await expect(keyed.start({ keyring: keyed.keyring() })).resolves.toMatchObject({
      vault: { kid: kidOf(second) },
    })
  })
})

describe('a rotation: 503 key-source-failed', () => {
  test.each([
    ['is not a key', 'hush, this is no key', 'it is not base64'],
    ['is empty', '', 'it is empty'],
  ])('where the file %s, which is not shown', async (_, content, why) => {
    await using keyed = await Keyed.open()
    keyed.write(content, keyed.first)
    const { status, json, text } = await rotate(keyed)
    expect([status, json.code, json.retryable]).toEqual([503, 'key-source-failed', true])
    expect(json.detail).toContain(why)
    expect(text + keyed.harness.logLines.join('')).not.toContain('hush')
    expect(keyed.harness.deps.vault.kid).toBe(kidOf(keyed.first))
  })
})

describe('retirement', () => {
  test('409 key-in-use while something needs the key, or it is the current one', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    await rotate(keyed)
    const needed = await retire(keyed, keyed.first)
    expect([needed.status, needed.json.code]).toEqual([409, 'key-in-use'])
    expect(needed.json.detail).toContain('1 value of credentials.sealed')
    const current = await retire(keyed, second)
    expect([current.status, current.json.code]).toEqual([409, 'key-in-use'])
  })

  test('200 once nothing does; it opens nothing then, and need not be given any more', async () => {
    const { keyed: opened, cluster, second } = await withNewKey()
    await using keyed = opened
    await (await keyed.start()).rewrap()
    for (let again = 0; again < 2; again++) expect((await retire(keyed, keyed.first)).status).toBe(200)
    expect(await entriesOf(keyed.harness, 'master-key.retire')).toHaveLength(1)
    const { json } = await keyed.harness.send('GET /admin/keys')
    expect(json.keys).toMatchObject([
      { kid: kidOf(second), role: 'CURRENT' },
      { kid: kidOf(keyed.first), role: 'RETIRED', held: false, retirable: false },
    ])
    keyed.write(second)
    await keyed.start()
    expect((await keyed.reveal(cluster)).status).toBe(200)
  })

  test('404 for a key that never was one', async () => {
    await using keyed = await Keyed.open()
    expect((await retire(keyed, newKeyText())).status).toBe(404)
  })
})

describe('403 for a key of one team', () => {
  test.each(['GET /admin/keys', 'POST /admin/keys/rotate', 'POST /admin/keys/0123456789abcdef/retire'])(
    '%s',
    async (line) => {
      await using keyed = await Keyed.open()
      const key = await keyed.harness.makeKey('admin', 'search')
      expect((await keyed.harness.send(line, { key })).status).toBe(403)
    },
  )
})

describe('a start without a key that something needs', () => {
  test('is refused, with how many values of which column need which key', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    keyed.write(second)
    await expect(keyed.start()).rejects.toThrow(
      new RegExp(
        `Master key ${kidOf(keyed.first)} is missing: 1 value of connections.sealed_api_key and 1 value of credentials.sealed and 1 value of meta.value need it`,
      ),
    )
  })

  test('is refused, naming each, where two are missing', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    await keyed.start()
    await keyed.clusterWithSecret('later', 'pass-of-later')
    keyed.write(newKeyText())
    const refusal = await keyed.start().catch((error: Error) => error.message)
    for (const key of [keyed.first, second]) expect(refusal).toContain(`${kidOf(key)} is missing`)
  })
})

describe('the rewrap', () => {
  test('leaves alone what is sealed anew while it runs', async () => {
    const { keyed: opened, cluster } = await withNewKey()
    await using keyed = opened
    const masterKeys = await keyed.start()
    const { store } = keyed.harness
    let supplied = 0
    beforeEachWrite(store, async () => {
      if (supplied++ > 1) return
      const body = { username: 'db', password: 'a-newer-password' }
      await keyed.harness.send(`PUT /clusters/${cluster}/credentials`, { body })
    })
    await masterKeys.rewrap()
    expect(supplied).toBeGreaterThan(1)
    expect((await keyed.reveal(cluster)).json.password).toBe('a-newer-password')
    expect(Object.keys(await keyed.wraps())).toHaveLength(1)
  })

  test('goes on after it was broken off, and takes many values in many transactions', async () => {
    await using keyed = await Keyed.open()
    const ids: string[] = []
    for (let i = 0; i < 220; i++) ids.push(await keyed.clusterWithSecret(`index-${i}`, `password-${i}`))
    const second = newKeyText()
    keyed.write(second, keyed.first)
    let batches = 0
    const first = await keyed.start({
      pause: async () => {
        if (++batches === 2) void first.stop()
      },
    })
    await first.rewrap()
    const after = await keyed.wraps()
    expect(after[kidOf(keyed.first)]).toBe(121)
    await (await keyed.start()).rewrap()
    expect(await keyed.wraps()).toEqual({ [kidOf(second)]: 222 })
    for (const [i, id] of ids.entries()) expect((await keyed.reveal(id)).json.password).toBe(`password-${i}`)
  })

  test('passes over what does not open, says so, and the key that it names stays needed', async () => {
    const { keyed: opened, cluster } = await withNewKey()
    await using keyed = opened
    const broken = await keyed.clusterWithSecret('broken', 'pass-of-broken')
    const { store } = keyed.harness
    const envelope = JSON.parse((await keyed.envelopes()).get(broken) ?? '')
    const another = JSON.parse((await keyed.envelopes()).get(cluster) ?? '')
    const sealed = JSON.stringify({
      ...envelope,
      encrypted_key: another.encrypted_key.replace(/^../, (start: string) => (start === 'AA' ? 'BB' : 'AA')),
    })
    await store.write(async ({ db, tables: { credentials } }) => {
      await db.update(credentials).set({ sealed }).where(eq(credentials.clusterId, broken))
    })
    await (await keyed.start()).rewrap()
    const { json } = await keyed.harness.send('GET /admin/keys')
    expect(json.rewrap).toMatchObject({ status: 'IDLE', rewrapped: 3, failed: 1, remaining: 1 })
    expect(keyed.harness.logLines.join('')).toContain(broken)
    expect((await retire(keyed, keyed.first)).status).toBe(409)
    expect((await keyed.reveal(cluster)).status).toBe(200)
  })
})

describe('two processes on one database', () => {
  test('rewrap at the same time, and nothing is lost', async () => {
    const { keyed: opened, cluster, second } = await withNewKey()
    await using keyed = opened
    const one = await keyed.start()
    const other = keyed.replica()
    await Promise.all([one.rewrap(), other.rewrap(), one.rewrap()])
    expect(await keyed.wraps()).toEqual({ [kidOf(second)]: 3 })
    expect((await keyed.reveal(cluster)).json.password).toBe('pass-of-index')
  })

  test('the one that was not told of a rotation reads its files when it meets the new key, and seals with it', async () => {
    await using keyed = await Keyed.open()
    const id = await keyed.clusterWithSecret('index', 'pass-of-index')
    const untold = keyed.replica()
    const second = newKeyText()
    keyed.write(second, keyed.first)
    await (await keyed.start()).rewrap()
    keyed.harness.deps.vault = untold.vault
    const { status, json } = await keyed.reveal(id)
    expect([status, json.password]).toEqual([200, 'pass-of-index'])
    expect(untold.vault.kid).toBe(kidOf(second))
  })

  test('one with older settings does not rewrap back', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    const told = await keyed.start()
    keyed.write(keyed.first, second)
    const older = keyed.replica()
    await told.rewrap()
    await older.rewrap()
    expect(await keyed.wraps()).toEqual({ [kidOf(second)]: 3 })
  })
})

describe('in the background', () => {
  test('a rotation is rewrapped without being asked, and a stop ends it', async () => {
    const { keyed: opened, second } = await withNewKey()
    await using keyed = opened
    keyed.write(keyed.first)
    const masterKeys = await keyed.start()
    const running = masterKeys.run()
    keyed.write(second, keyed.first)
    expect((await rotate(keyed)).status).toBe(202)
    const { store } = keyed.harness
    await new Promise<void>((resolve) =>
      afterEachWrite(store, async () => {
        if (Object.keys(await keyed.wraps()).join() === kidOf(second)) resolve()
      }),
    )
    await masterKeys.stop()
    await running
  })
})

function beforeEachWrite(store: Store, act: () => Promise<void>): void {
  const write = store.write.bind(store)
  let nested = false
  store.write = async (body) => {
    if (!nested) {
      nested = true
      await act()
      nested = false
    }
    return write(body)
  }
}

function afterEachWrite(store: Store, act: () => Promise<void>): void {
  const write = store.write.bind(store)
  store.write = async (body) => {
    const result = await write(body)
    void act()
    return result
  }
}
