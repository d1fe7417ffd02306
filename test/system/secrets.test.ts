import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { filesBelow, secretsIn } from './canary.ts'
import { Client, objectIn } from './client.ts'
import { Serving } from './serve.ts'
import { accountId, FakeFireworks } from './upstream/fake-fireworks.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'
import { indiscreet } from './upstream/indiscreet.ts'

const secret = () => randomBytes(18).toString('hex')

let serving: Serving
let zilliz: FakeZilliz
let fireworks: FakeFireworks
/** By what each is. Passwords join when the provider has made them. */
const secrets: Record<string, string> = {}
/** The answers that are to hold one. */
const telling = new Set<string>()

beforeAll(async () => {
  zilliz = await new FakeZilliz(`zc-${secret()}`, { tells: 'much' }).listen()
  // Not in the shape that keys of Fireworks usually have.
  fireworks = await new FakeFireworks(`key-${secret()}`).listen()
  serving = await Serving.start({ LOG_LEVEL: 'trace' })
  secrets.masterKey = serving.masterKey
  secrets.adminKey = serving.adminKey
  secrets.zillizKey = zilliz.key
  secrets.fireworksKey = fireworks.key
  secrets.suppliedPassword = `supplied-"${secret()}`
  secrets.wrongKey = `wrong-${secret()}`
  zilliz.intercept = indiscreet(zilliz)
})
afterAll(async () => {
  await serving[Symbol.asyncDispose]()
  await zilliz[Symbol.asyncDispose]()
  await fireworks[Symbol.asyncDispose]()
})

const order = (name: string) => ({
  provider: 'zilliz',
  team: 'search',
  name,
  region: 'gcp-us-west1',
  spec: { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized', cuSize: 1 },
})

async function connect(name: string, provider: string, apiKey: string, settings: JsonObject): Promise<void> {
  const sent = { body: { name, provider, apiKey, settings }, headers: { 'idempotency-key': name } }
  await serving.client.expect(201, 'POST /connections', sent)
  await serving.client.expect(201, 'POST /connections', sent)
}

async function reveal(client: Client, id: unknown): Promise<JsonObject> {
  const answer = await client.send(`POST /clusters/${id}/credentials/reveal`, { body: { reason: 'canary' } })
  expect(answer.status).toBe(200)
  telling.add(answer.text)
  return answer.json
}

function remember(name: string): void {
  const [row] = zilliz.named(name)
  if (!row) throw new Error(`${name} was not made`)
  secrets[`passwordOf ${name}`] = row.password
}

it('a life with every kind of indiscretion', async () => {
  const { client } = serving
  await connect('zilliz', 'zilliz', zilliz.key, { baseUrl: zilliz.url })
  await connect('fireworks', 'fireworks', fireworks.key, { baseUrl: fireworks.url, accountId })
  for (const name of ['quiet', 'echoed', 'page-first', 'cut-short', 'made-and-failed']) {
    const made = await client.settled('POST /clusters', order(name))
    if (name === 'echoed') expect(made).toMatchObject({ state: 'FAILED' })
    else remember(name)
    if (name === 'quiet') await suspendAndReveal(client, made)
    if (name === 'cut-short') {
      expect(made).toMatchObject({ state: 'READY', credentialState: 'LOST' })
      await supply(client, made)
    }
    if (name === 'made-and-failed') expect(made).toMatchObject({ credentialState: 'LOST' })
  }
})

async function suspendAndReveal(client: Client, { id }: JsonObject): Promise<void> {
  const refused = await client.settled(`POST /clusters/${id}/suspend`)
  expect(refused.operation).toMatchObject({ status: 'FAILED' })
  expect(objectIn(objectIn(refused, 'operation'), 'error').message).toContain('may not be suspended')
  expect(await reveal(client, id)).toMatchObject({ password: secrets['passwordOf quiet'] })
}

async function supply(client: Client, { id }: JsonObject): Promise<void> {
  const line = `PUT /clusters/${id}/credentials`
  const body = { username: 'reader', password: secrets.suppliedPassword }
  await client.expect(400, line, { body: JSON.stringify(body).slice(0, -1) })
  await client.expect(400, line, { body: { ...body, passwort: body.password } })
  await client.expect(415, line, { body: JSON.stringify(body), headers: { 'content-type': 'text/plain' } })
  await client.expect(200, line, { body })
  expect(await reveal(client, id)).toEqual(body)
}

it('a provider that tells the key in the status of a cluster, and in an error', async () => {
  fireworks.intercept = (request, answer) => {
    if (request.method === 'DELETE') {
      return { status: 400, body: { code: 3, message: `no ${request.headers.authorization}`, details: [] } }
    }
    return answer()
  }
  const { client } = serving
  const eks = { awsAccountId: '123456789012' }
  const body = { provider: 'fireworks', team: 'ml', name: 'telltale', region: 'us-east-1', spec: { eks } }
  const { id } = await client.settled('POST /clusters', body)
  const row = fireworks.rows.get('telltale')
  if (row) row.cluster.status = { code: 'INTERNAL', message: `cannot reach with ${fireworks.key}` }
  if (row) row.cluster.state = 'FAILED'
  await client.expect(202, `POST /clusters/${id}/refresh`)
  const failed = await client.until(String(id), ({ state }) => state === 'FAILED')
  expect(failed.stateReason).toContain('cannot reach with')
  const deleted = await client.settled(`DELETE /clusters/${id}`)
  expect(deleted.operation).toMatchObject({ status: 'FAILED' })
})

it('wrong keys, and keys where none belong', async () => {
  const { client } = serving
  const { wrongKey } = secrets
  const settings = { baseUrl: zilliz.url }
  const wrong = { name: 'wrong', provider: 'zilliz', apiKey: wrongKey, settings }
  const { id } = await client.expect(201, 'POST /connections', { body: wrong })
  const verified = { headers: { prefer: 'wait=30' } }
  const told = await client.expect(200, `POST /connections/${id}/verify`, verified)
  expect(told.lastError).toMatchObject({ code: 'provider-unauthenticated' })
  await client.expect(400, 'POST /connections', { body: { ...wrong, apikey: wrongKey } })
  await client.expect(400, 'POST /connections', { body: { ...wrong, apiKey: ` ${wrongKey}` } })
  for (const key of [`${wrongKey}`, `cgk_${wrongKey}`, `x ${wrongKey}`]) {
    expect((await new Client(client.url, key).send('GET /clusters')).status).toBe(401)
  }
})

it('an API key is told once', async () => {
  const { client } = serving
  const sent = {
    body: { role: 'operator', team: 'search', displayName: 'canary' },
    headers: { 'idempotency-key': 'the-key' },
  }
  const made = await client.send('POST /api-keys', sent)
  telling.add(made.text)
  secrets.apiKey = String(made.json.key)
  const replay = await client.send('POST /api-keys', sent)
  expect([replay.status, replay.headers.get('idempotent-replayed'), replay.json.key]).toEqual([
    201,
    'true',
    undefined,
  ])
  const operator = new Client(client.url, secrets.apiKey)
  expect((await operator.send('GET /clusters')).status).toBe(200)
})

it('what may be revealed once is gone from the files too', async () => {
  const { client } = serving
  secrets.oncePassword = `once-${secret()}`
  const [cluster] = await client.all('/clusters?name=made-and-failed', 'clusters')
  const body = { username: 'reader', password: secrets.oncePassword, oneTimeReveal: true }
  await client.expect(200, `PUT /clusters/${cluster?.id}/credentials`, { body })
  expect(await reveal(client, cluster?.id)).toMatchObject({ password: secrets.oncePassword })
  await client.expect(409, `POST /clusters/${cluster?.id}/credentials/reveal`, { body: { reason: 'canary' } })
})

it('after a restart the provider tells a password that this process never saw', async () => {
  expect(await serving.process.stop()).toBe(0)
  await serving.startAgain()
  const { client } = serving
  const [quiet] = await client.all('/clusters?name=quiet', 'clusters')
  await suspendAndReveal(client, quiet ?? {})
})

it('no secret is anywhere but where it was asked for', async () => {
  const { client } = serving
  for (const name of ['clusters', 'connections', 'api-keys']) {
    const list = name === 'api-keys' ? 'apiKeys' : name
    for (const { id } of await client.all(`/${name}`, list)) await client.expect(200, `GET /${name}/${id}`)
  }
  for (const accept of ['text/csv', 'application/x-ndjson']) {
    const { status } = await client.send('GET /clusters?pageSize=200', { headers: { accept } })
    expect([accept, status]).toEqual([accept, 200])
  }
  for (const path of [
    '/metrics',
    '/readyz',
    '/healthz',
    '/openapi.json',
    '/docs',
    '/teams',
    '/providers',
    '/whoami',
  ]) {
    expect([path, (await client.send(`GET ${path}`)).status]).toEqual([path, 200])
  }
  const entries = await client.all('/audit-entries', 'auditEntries')
  expect(entries.length).toBeGreaterThan(50)
  const files = filesBelow(serving.folder.path)
  expect(files.map(([path]) => path)).toContain(serving.databaseFile)
  const places = new Map<string, string>([...files, ['output', serving.output]])
  for (const [i, { text, headers }] of answers().entries()) {
    places.set(`headers ${i}`, JSON.stringify([...headers]))
    if (!telling.has(text)) places.set(`answer ${i} ${text}`, text)
  }
  for (const [place, text] of places) expect([place, secretsIn(text, secrets)]).toEqual([place, []])
})

function answers() {
  return serving.clients.flatMap((client) => client.answers)
}
