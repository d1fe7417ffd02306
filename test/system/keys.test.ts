import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import { isJsonObject, type JsonObject } from '../../src/cluster/json.ts'
import { credentialsPlace } from '../../src/store/credentials.ts'
import { parseMasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'
import { type Client, listIn, objectIn } from './client.ts'
import { run } from './process.ts'
import { Serving, temporaryFolder } from './serve.ts'
import { dataFolder, Started } from './starting.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'

const newKey = () => randomBytes(32).toString('base64')
const kidOf = (text: string) => parseMasterKey(text).kid

/** Two key files, as a platform team mounts them. */
function keyFiles() {
  const folder = temporaryFolder()
  const [current, previous] = [join(folder.path, 'master.key'), join(folder.path, 'previous.keys')]
  return {
    env: {
      CLUSTERGATE_MASTER_KEY_FILE: current,
      CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE: previous,
      CLUSTERGATE_MASTER_KEY: '',
    },
    previous,
    write(key: string, ...earlier: string[]) {
      writeFileSync(current, `${key}\n`)
      writeFileSync(previous, earlier.map((text) => `${text}\n`).join(''))
    },
    read: () => [current, previous].map((path) => readFileSync(path, 'utf8')),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

async function connect(client: Client, zilliz: FakeZilliz): Promise<string> {
  const body = { name: 'zilliz', provider: 'zilliz', apiKey: zilliz.key, settings: { baseUrl: zilliz.url } }
  return String((await client.expect(201, 'POST /connections', { body })).id)
}

const order = (name: string): JsonObject => ({
  team: 'search',
  provider: 'zilliz',
  region: 'gcp-us-west1',
  name,
  spec: { plan: 'SERVERLESS', projectId },
})

async function createReady(client: Client, name: string): Promise<string> {
  const { id } = await client.expect(202, 'POST /clusters', { body: order(name) })
  await client.until(String(id), ({ state }) => state === 'READY')
  return String(id)
}

function keyOf(report: JsonObject, kid: string): JsonObject {
  return listIn(report, 'keys').find((key) => key.kid === kid) ?? {}
}

/** Answers how much is left when a good part of the rewrap is done. */
async function begun(client: Client): Promise<number> {
  for (;;) {
    const { rewrap } = await client.expect(200, 'GET /admin/keys')
    const { rewrapped, remaining } = isJsonObject(rewrap) ? rewrap : {}
    if (Number(rewrapped) > many / 10) return Number(remaining)
  }
}

const many = 2000

/** So many more clusters like one, each with credentials: a rewrap that takes its time. */
async function multiply(serving: Serving, id: string, keyText: string): Promise<void> {
  const vault = createVault({ current: parseMasterKey(keyText), former: [] })
  const db = new Database(serving.databaseFile)
  const columns = db.prepare("SELECT name FROM pragma_table_info('clusters')").pluck().all().map(String)
  const changed: Record<string, string> = {
    id: '@copy',
    name: '@copy',
    external_id: '@copy',
    document: 'replace(document, @id, @copy)',
  }
  const values = columns.map((column) => changed[column] ?? column)
  const copyCluster = db.prepare(
    `INSERT INTO clusters (${columns}) SELECT ${values} FROM clusters WHERE id = @id`,
  )
  const putSecret = db.prepare('INSERT INTO credentials (cluster_id, sealed, create_time) VALUES (?, ?, 0)')
  const text = JSON.stringify({ username: 'db', password: 'one-of-many' })
  const copies = Array.from({ length: many }, () => newId('clu'))
  const sealed = await Promise.all(
    copies.map((copy) => vault.seal(text, credentialsPlace({ id: copy, team: 'search' }))),
  )
  db.transaction(() => {
    for (const [i, copy] of copies.entries()) {
      copyCluster.run({ id, copy })
      putSecret.run(copy, sealed[i])
    }
  })()
  db.close()
}

async function rewrapped(client: Client): Promise<JsonObject> {
  for (;;) {
    const report = await client.expect(200, 'GET /admin/keys')
    const { status, remaining } = objectIn(report, 'rewrap')
    if (status === 'IDLE' && remaining === 0) return report
  }
}

/** Callers that reveal, create and list without a pause, until told to stop. */
function load(serving: Serving, revealed: string[]) {
  const answers: [string, number][] = []
  const outage = { begun: false, over: Promise.withResolvers<void>() }
  let stopped = false
  let made = 0
  const ask = async (line: string, body?: unknown) => {
    try {
      const { status, text } = await serving.client.send(line, body === undefined ? {} : { body })
      answers.push([status < 300 ? line : `${line}: ${text}`, status])
    } catch {
      // Of a process that was killed nobody expects an answer. Of any other, everybody.
      if (!outage.begun) answers.push([`${line}: no answer`, 599])
      await outage.over.promise
    }
  }
  const loops = [
    async () =>
      ask(`POST /clusters/${revealed[answers.length % revealed.length]}/credentials/reveal`, {
        reason: 'load',
      }),
    async () => ask('POST /clusters', order(`under-load-${made++}`)),
    async () => ask('GET /clusters'),
  ].map(async (act) => {
    while (!stopped) await act()
  })
  return {
    answers,
    outage,
    async stop() {
      stopped = true
      await Promise.all(loops)
    },
  }
}

describe('the drill: another master key under load', () => {
  it('not one request fails; a kill -9 in the midst is gone on from; the old key is retired and no longer given', {
    timeout: 300_000,
  }, async () => {
    await using zilliz = await new FakeZilliz('key-of-the-drill', { tells: 'much' }).listen()
    using files = keyFiles()
    const [first, second] = [newKey(), newKey()]
    files.write(first)
    await using serving = await Serving.start(files.env)
    await connect(serving.client, zilliz)
    const revealed: string[] = []
    for (let i = 0; i < 4; i++) revealed.push(await createReady(serving.client, `index-${i}`))
    await serving.process.stop()
    await multiply(serving, revealed[0] ?? '', first)
    await serving.startAgain()
    const running = load(serving, revealed)
    await serving.client.all('/clusters', 'clusters')

    files.write(second, first)
    const told = await serving.client.expect(202, 'POST /admin/keys/rotate')
    expect(keyOf(told, kidOf(second)).role).toBe('CURRENT')
    expect(await begun(serving.client)).toBeGreaterThan(0)
    running.outage.begun = true
    serving.process.signal('SIGKILL')
    await serving.process.ended
    await serving.startAgain()
    running.outage.over.resolve()

    const report = await rewrapped(serving.client)
    expect(keyOf(report, kidOf(first))).toMatchObject({
      role: 'PREVIOUS',
      held: true,
      values: {},
      retirable: true,
    })
    const path = 'GET /audit-entries?action=master-key.rewrap'
    const [entry] = listIn(await serving.client.expect(200, path), 'auditEntries')
    const [{ after } = {}] = entry ? listIn(entry, 'changes') : []
    expect(Number(after)).toBeLessThan(many)
    await serving.client.expect(200, `POST /admin/keys/${kidOf(first)}/retire`)
    const soFar = running.answers.length
    while (running.answers.length < soFar + 30) await serving.client.expect(200, 'GET /whoami')
    await running.stop()
    expect(running.answers.filter(([, status]) => status >= 300)).toEqual([])
    for (const verb of ['reveal', 'POST /clusters', 'GET /clusters']) {
      expect(running.answers.some(([line]) => line.includes(verb))).toBe(true)
    }

    expect(await serving.process.stop()).toBe(0)
    files.write(second)
    await serving.startAgain()
    for (const id of revealed) {
      const sent = { body: { reason: 'after the drill' } }
      const { password } = await serving.client.expect(200, `POST /clusters/${id}/credentials/reveal`, sent)
      expect(password).toEqual(expect.any(String))
    }
    await createReady(serving.client, 'after-the-drill')
    for (const key of [first, second]) expect(serving.output).not.toContain(key)
  })

  it('without the old key, as long as something needs it, nothing starts', async () => {
    await using zilliz = await new FakeZilliz('key-of-the-drill').listen()
    using files = keyFiles()
    const [first, second] = [newKey(), newKey()]
    files.write(first)
    await using serving = await Serving.start(files.env)
    await connect(serving.client, zilliz)
    await serving.process.stop()
    files.write(second)
    const { code, stderr } = await run(['serve'], serving.env)
    expect(code).toBe(1)
    expect(stderr).toContain(
      `Master key ${kidOf(first)} is missing: 1 value of connections.sealed_api_key and 1 value of meta.value and 1 value of audit_signing_keys.sealed_private_key need it.`,
    )
    expect(stderr).toContain('CLUSTERGATE_RECOVERY=read-only')
  })
})

describe('keys from a command', () => {
  it('are read at the start and again at a rotation; what it prints is nowhere', async () => {
    using files = keyFiles()
    const [first, second] = [newKey(), newKey()]
    files.write(first)
    const env = {
      CLUSTERGATE_MASTER_KEY: '',
      CLUSTERGATE_MASTER_KEY_COMMAND: `cat ${files.env.CLUSTERGATE_MASTER_KEY_FILE}`,
      CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND: `cat ${files.env.CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE}`,
    }
    await using serving = await Serving.start({ ...env, LOG_LEVEL: 'trace' })
    files.write(second, first)
    const report = await serving.client.expect(202, 'POST /admin/keys/rotate')
    expect(keyOf(report, kidOf(second)).role).toBe('CURRENT')
    for (const key of [first, second]) expect(serving.output).not.toContain(key)
    const broken = {
      ...serving.env,
      CLUSTERGATE_MASTER_KEY_COMMAND: `sh -c 'echo hush >&2; exit 4'`,
      PORT: 'x',
    }
    const { code, stderr } = await run(['serve'], broken)
    expect(code).toBe(1)
    expect(stderr).toContain('CLUSTERGATE_MASTER_KEY_COMMAND: "sh" ended with 4.')
    expect(stderr).toContain('PORT: ')
    expect(stderr).not.toContain('hush')
  })
})

describe('clustergate keys rotate', () => {
  it('asks the gateway that runs, and tells when everything is under the new key', async () => {
    using files = keyFiles()
    const [first, second] = [newKey(), newKey()]
    files.write(first)
    await using serving = await Serving.start(files.env)
    files.write(second, first)
    const { code, stdout, stderr } = await run(['keys', 'rotate', '--url', serving.client.url], serving.env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`Master key ${kidOf(second)} is the current one, and everything is under it.`)
    expect(stdout).toContain(`POST /admin/keys/${kidOf(first)}/retire`)
    // Without --url it is looked for where the settings say.
    const { port } = new URL(serving.client.url)
    const again = await run(['keys', 'rotate'], { ...serving.env, PORT: port })
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('key-not-rotatable')])
  })

  it('does it on the database while none runs, and makes the key where it may write both files', async () => {
    await using zilliz = await new FakeZilliz('key-of-the-drill').listen()
    using files = keyFiles()
    const first = newKey()
    files.write(first)
    await using serving = await Serving.start(files.env)
    await connect(serving.client, zilliz)
    await serving.process.stop()
    const { code, stdout } = await run(['keys', 'rotate', '--make-key'], {
      ...serving.env,
      LOG_LEVEL: 'error',
    })
    expect(code).toBe(0)
    const second = readFileSync(files.env.CLUSTERGATE_MASTER_KEY_FILE, 'utf8').trim()
    expect(second).not.toBe(first)
    expect(stdout).not.toContain(second)
    expect(readFileSync(files.previous, 'utf8')).toBe(`${first}\n`)
    expect(statSync(files.previous).mode & 0o777).toBe(0o600)
    expect(stdout).toContain(`Nothing needs ${kidOf(first)} any more.`)
    files.write(second)
    await serving.startAgain()
    const entries = listIn(
      await serving.client.expect(200, 'GET /audit-entries?action=master-key.rotate'),
      'auditEntries',
    )
    expect(entries).toHaveLength(1)
  })

  it('refuses what it cannot do, and says what can be done', async () => {
    using folder = temporaryFolder()
    const env = { CLUSTERGATE_DATA_DIR: folder.path, CLUSTERGATE_MASTER_KEY: newKey() }
    const said = async (args: string[], settings: Record<string, string>) =>
      (await run(args, settings)).stderr
    expect(await said(['keys', 'rotate', '--make-key'], env)).toContain('written to files alone')
    expect(await said(['keys', 'rotate'], { CLUSTERGATE_DATA_DIR: folder.path })).toContain(
      'There is no master key.',
    )
    expect(await said(['keys', 'rotate', '--fast'], env)).toContain("Unknown option '--fast'")
    expect(
      await said(['keys', 'rotate', '--url', 'http://127.0.0.1:9'], {
        ...env,
        CLUSTERGATE_ADMIN_KEY: 'admin-key-of-a-test',
      }),
    ).toContain('Nobody answers')
    expect(await said(['keys', 'turn'], env)).toContain('keys rotate')
  })

  it('changes no file before it knows that it can rotate, and goes on with a key that was made and not rotated to', async () => {
    using files = keyFiles()
    const [first, second] = [newKey(), newKey()]
    files.write(first)
    await using serving = await Serving.start(files.env)
    const rotate = async (url: string, env: Record<string, string> = {}) =>
      run(['keys', 'rotate', '--make-key', '--url', url], { ...serving.env, ...env })
    const { url } = serving.client

    expect((await rotate('http://127.0.0.1:9')).stderr).toContain('Nobody answers')
    expect((await rotate(url, { CLUSTERGATE_ADMIN_KEY: 'no-key-of-this-gateway' })).stderr).toContain(
      'refused',
    )
    expect(files.read()).toEqual([`${first}\n`, ''])

    writeFileSync(`${files.previous}.new`, 'of somebody else')
    expect((await rotate(url)).stderr).toContain(`${files.previous}.new is there already`)
    expect(files.read()).toEqual([`${first}\n`, ''])

    files.write(second, first)
    expect(await rotate(url)).toMatchObject({ code: 0, stderr: '' })
    expect(files.read()).toEqual([`${second}\n`, `${first}\n`])
    expect(keyOf(await serving.client.expect(200, 'GET /admin/keys'), kidOf(second)).role).toBe('CURRENT')
  })

  it('on a database that it cannot open changes no file either', async () => {
    using files = keyFiles()
    const [first, wrong] = [newKey(), newKey()]
    files.write(first)
    await using serving = await Serving.start(files.env)
    await serving.process.stop()
    files.write(wrong)
    const { code, stderr } = await run(['keys', 'rotate', '--make-key'], serving.env)
    expect([code, stderr]).toEqual([1, expect.stringContaining(`Master key ${kidOf(first)} is missing`)])
    expect(files.read()).toEqual([`${wrong}\n`, ''])
  })

  it('in the sandbox run needs no more than to be called', async () => {
    using data = dataFolder()
    {
      await using started = await Started.in(data.path)
      const env = { CLUSTERGATE_DATA_DIR: data.path }
      const rotated = await run(['keys', 'rotate', '--url', started.client.url], env)
      expect([rotated.code, rotated.stderr]).toEqual([0, ''])
      const report = await started.client.expect(200, 'GET /admin/keys')
      expect(listIn(report, 'keys').map(({ role, retirable }) => [role, retirable])).toEqual([
        ['CURRENT', false],
        ['PREVIOUS', true],
      ])
      await started.process.stop()
    }
    await using again = await Started.in(data.path)
    const connections = listIn(await again.client.expect(200, 'GET /connections'), 'connections')
    expect(connections.map(({ lastError }) => lastError)).toEqual([null, null])
  })
})

describe('the master key is lost', () => {
  it('the gateway starts read-only and says what is lost; a reset and new API keys bring everything back', {
    timeout: 300_000,
  }, async () => {
    await using zilliz = await new FakeZilliz('key-of-the-lost', { tells: 'much' }).listen()
    await using serving = await Serving.start()
    const connection = await connect(serving.client, zilliz)
    const cluster = await createReady(serving.client, 'index')
    await serving.process.stop()
    const calls = zilliz.requests.length

    const found = newKey()
    Object.assign(serving.env, { CLUSTERGATE_MASTER_KEY: '', CLUSTERGATE_RECOVERY: 'read-only' })
    await serving.startAgain()
    const { client } = serving
    expect(await client.expect(200, 'GET /readyz')).toMatchObject({
      checks: { masterKey: expect.stringContaining('the API keys of 1 connections') },
    })
    const { lost } = await client.expect(200, 'GET /admin/keys')
    expect(isJsonObject(lost) ? lost : {}).toMatchObject({
      connections: [{ id: connection, name: 'zilliz' }],
      clusters: [{ id: cluster, name: 'index' }],
    })
    await client.expect(200, 'GET /audit-entries')
    await client.expect(503, `POST /clusters/${cluster}/credentials/reveal`, { body: { reason: 'look' } })
    await client.expect(503, `DELETE /clusters/${cluster}`)
    expect(await serving.process.stop()).toBe(0)
    expect(zilliz.requests.length).toBe(calls)

    Object.assign(serving.env, { CLUSTERGATE_MASTER_KEY: found, CLUSTERGATE_RECOVERY: '' })
    const unsure = await run(['keys', 'reset'], serving.env)
    expect([unsure.code, unsure.stderr]).toEqual([1, expect.stringContaining('--i-have-lost-the-master-key')])
    const said = await run(['keys', 'reset', '--i-have-lost-the-master-key'], serving.env)
    expect([said.code, said.stderr]).toEqual([0, ''])
    for (const name of ['zilliz', 'index']) expect(said.stdout).toContain(name)
    const again = await run(['keys', 'reset', '--i-have-lost-the-master-key'], serving.env)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('Nothing is lost')])

    await serving.startAgain()
    const shown = await serving.client.expect(200, `GET /connections/${connection}`)
    expect(shown.lastError).toMatchObject({ code: 'api-key-lost' })
    await serving.client.expect(200, `PATCH /connections/${connection}`, { body: { apiKey: zilliz.key } })
    const wait = { headers: { prefer: 'wait=30' } }
    const verified = await serving.client.expect(200, `POST /connections/${connection}/verify`, wait)
    expect(verified.lastError).toBeNull()
    expect((await serving.client.expect(200, `GET /clusters/${cluster}`)).credentialState).toBe('LOST')
    await createReady(serving.client, 'after')
  })

  it('in the sandbox run the keys that are kept there are not, whatever the settings give', async () => {
    using data = dataFolder()
    {
      await using started = await Started.in(data.path)
      await started.process.stop()
    }
    {
      await using started = await Started.in(data.path, { CLUSTERGATE_RECOVERY: 'read-only' })
      expect(await started.client.expect(200, 'GET /admin/keys')).toMatchObject({
        readOnly: true,
        lost: null,
      })
      await started.process.stop()
    }
    const env = { CLUSTERGATE_DATA_DIR: data.path, CLUSTERGATE_MASTER_KEY: newKey() }
    const said = await run(['keys', 'reset', '--i-have-lost-the-master-key'], env)
    expect([said.code, said.stderr]).toEqual([1, expect.stringContaining('Nothing is lost')])

    const kept = join(data.path, 'master.key')
    writeFileSync(kept, 'half of a k')
    const damaged = await run(['keys', 'reset', '--i-have-lost-the-master-key'], env)
    expect([damaged.code, damaged.stderr]).toEqual([1, expect.stringContaining(`${kept}: `)])
    rmSync(kept)
    await using started = await Started.in(data.path, { CLUSTERGATE_RECOVERY: 'read-only' })
    const { lost } = await started.client.expect(200, 'GET /admin/keys')
    expect(isJsonObject(lost) ? listIn(lost, 'connections') : []).toHaveLength(2)
  })
})
