import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/cluster/problem.ts'
import { LiveKeyring } from '../../src/keys/live-keyring.ts'
import { openMasterKeys } from '../../src/keys/open-master-keys.ts'
import { recordClusterChanges } from '../../src/store/cluster-changes.ts'
import { readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import { credentialsPlace } from '../../src/store/credentials.ts'
import type { Store } from '../../src/store/store.ts'
import { readLabel } from '../../src/vault/envelope.ts'
import { parseMasterKey } from '../../src/vault/keyring.ts'
import { kidOf, newKeyText } from '../keys/keyed.ts'
import { allAuditEntries, allCredentials } from '../simulation/rows.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench } from './harness.ts'
import { arrange, succeeded, verbs } from './verbs.ts'

/** The same store, which refuses writes when it is told to. */
function refusing(store: Store): { store: Store; refuse: (times: number) => void } {
  let left = 0
  const write: Store['write'] = (body) => {
    if (left <= 0) return store.write(body)
    left -= 1
    return Promise.reject(new Problem('audit-unavailable', 'The disk is full.'))
  }
  return {
    store: Object.create(store, { write: { value: write } }),
    refuse: (times) => {
      left = times
    },
  }
}

/** Master keys in files, which another takes the place of as soon as somebody says so. */
async function keysInFiles({ directory, store }: Bench) {
  const [current, previous] = [join(directory, 'master.key'), join(directory, 'previous.keys')]
  const write = (text: string, ...former: string[]) => {
    writeFileSync(current, text)
    writeFileSync(previous, former.join('\n'))
  }
  const [first, second] = [newKeyText(), newKeyText()]
  write(first)
  const sources = {
    current: { kind: 'file', path: current },
    previous: { kind: 'file', path: previous },
  } as const
  const keyring = new LiveKeyring({ current: parseMasterKey(first), former: [] }, sources, () => {})
  const log = pino({ level: 'silent' })
  const masterKeys = await openMasterKeys({ store, keyring, log, pause: async () => {} })
  const replaceAndRetire = async () => {
    write(second, first)
    await masterKeys.rotate({ who: asker })
    await masterKeys.rewrap()
    await masterKeys.retire({ who: asker }, kidOf(first))
  }
  return { masterKeys, replaceAndRetire }
}

describe.each(verbs)('$kind at $provider', (verb) => {
  test('is made once although its answer could not be stored at first', async () => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    const id = await ask()
    const { store, refuse } = refusing(bench.store)
    const gateway = bench.replica(async (request) => {
      const answer = await bench.send(request)
      if (request.operation === verb.operation) refuse(3)
      return answer
    }, store)
    await gateway.startDue()
    await gateway.idle()
    expect(await bench.outcomes(id)).toContain('SUCCEEDED')
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(calls()).toHaveLength(1)
    await expectExplained(bench)
  })
})

describe.each(verbs)('$kind at $provider', (verb) => {
  test('is not asked for while its intent cannot be written, and once when it can', async () => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    const id = await ask()
    const { store, refuse } = refusing(bench.store)
    const gateway = bench.replica(bench.send, store)
    for (let tries = 0; tries < 3; tries++) {
      refuse(1)
      await expect(gateway.startDue()).rejects.toMatchObject({ code: 'audit-unavailable' })
      await gateway.idle()
    }
    expect(calls()).toHaveLength(0)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(calls()).toHaveLength(1)
    await expectExplained(bench)
  })
})

describe('the one-time password of a create', () => {
  test('opens for the team that the cluster has come to while the provider answered', async () => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    const id = await bench.create(connection, 'one')
    let password = ''
    const gateway = bench.replica(async (request) => {
      const answer = await bench.send(request)
      if (request.operation !== 'createServerless') return answer
      password = JSON.parse(answer.text).data.password
      await bench.store.write(async (session) => {
        const before = await readClusterRow(session, id)
        const after = await updateClusterRow(bench.store, session, before, { team: 'ml' })
        await recordClusterChanges(bench.store, session, asker, { before, after }, [])
      })
      return answer
    })
    await gateway.startDue()
    await gateway.idle()
    const [stored] = await allCredentials(bench.store)
    const opened = await bench.vault.open(stored?.sealed ?? '', credentialsPlace({ id, team: 'ml' }))
    expect(JSON.parse(opened).password).toBe(password)
  })

  test('is sealed by the master key of the moment in which it is stored, not by one retired while the store was full', async () => {
    await using bench = new Bench()
    const keys = await keysInFiles(bench)
    bench.vault = keys.masterKeys.vault
    const id = await bench.create(await bench.connect('zilliz'), 'one')
    const { store, refuse } = refusing(bench.store)
    const retired = keys.masterKeys.vault.kid
    const gateway = bench.replica(
      async (request) => {
        const answer = await bench.send(request)
        if (request.operation === 'createServerless') refuse(1)
        return answer
      },
      store,
      () => keys.replaceAndRetire(),
    )
    await gateway.startDue()
    await gateway.idle()
    const [stored] = await allCredentials(bench.store)
    const envelope = stored?.sealed ?? ''
    expect(keys.masterKeys.vault.kid).not.toBe(retired)
    expect(readLabel(envelope)?.kid).toBe(keys.masterKeys.vault.kid)
    const opened = await bench.vault.open(envelope, credentialsPlace({ id, team: 'search' }))
    expect(JSON.parse(opened)).toMatchObject({ password: expect.any(String) })
  })

  test('is sealed for its row and opens to what the provider issued, nowhere written in the open', async () => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    const id = await bench.create(connection, 'one')
    let text = ''
    const gateway = bench.replica(async (request) => {
      const answer = await bench.send(request)
      if (request.operation === 'createServerless') text = answer.text
      return answer
    })
    await gateway.startDue()
    await gateway.idle()
    const { username, password } = JSON.parse(text).data
    expect((await bench.cluster(id)).credentialState).toBe('AVAILABLE')
    const [stored] = await allCredentials(bench.store)
    const opened = await bench.vault.open(stored?.sealed ?? '', credentialsPlace({ id, team: 'search' }))
    expect(JSON.parse(opened)).toEqual({ username, password })
    await bench.settle()
    const entries = (await allAuditEntries(bench.store)).map(({ document }) => document)
    for (const written of [...entries, JSON.stringify(await bench.cluster(id)), stored?.sealed ?? '']) {
      expect(written).not.toContain(JSON.stringify(password).slice(1, -1))
    }
    expect(entries.filter((entry) => entry.includes('"credential.store"'))).toHaveLength(1)
  })

  test.each(['dropAfter', 'truncate'] as const)('of which the answer was lost (%s) is LOST', async (kind) => {
    await using bench = new Bench()
    const connection = await bench.connect('zilliz')
    await bench.settle(0)
    bench.zilliz.faults.add({ operation: 'createServerless', fault: { kind } })
    const id = await bench.create(connection, 'one')
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'READY', credentialState: 'LOST' })
    expect(await allCredentials(bench.store)).toEqual([])
    await expectExplained(bench)
  })
})
