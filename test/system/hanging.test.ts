import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { listIn, objectIn } from './client.ts'
import { Serving } from './serve.ts'
import { accountId, FakeFireworks } from './upstream/fake-fireworks.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'

/** An upstream that takes every request and answers none, until it is told to. */
let hanging: FakeZilliz
let answering: FakeFireworks
let serving: Serving
const released = Promise.withResolvers<void>()

beforeAll(async () => {
  hanging = await new FakeZilliz('key-of-the-hanging', { tells: 'much' }).listen()
  hanging.intercept = async (_request, answer) => {
    await released.promise
    return answer()
  }
  answering = await new FakeFireworks('fw_key-of-the-answering').listen()
  serving = await Serving.start()
})
afterAll(async () => {
  released.resolve()
  await serving[Symbol.asyncDispose]()
  await hanging[Symbol.asyncDispose]()
  await answering[Symbol.asyncDispose]()
})

const spec = { plan: 'SERVERLESS', projectId }
const order = (name: string) => ({
  provider: 'zilliz',
  connection: 'hanging',
  team: 'search',
  name,
  region: 'gcp-us-west1',
  spec,
})

// As the provider answers nothing before the last of these tests, that a call is answered at all says that it waited for none.
describe('while a provider answers nothing', () => {
  let connection: JsonObject
  const ids: string[] = []

  it('a connection to it is stored, and more creates are accepted than may be under way', async () => {
    const { client } = serving
    const settings = { baseUrl: hanging.url }
    const body = { name: 'hanging', provider: 'zilliz', apiKey: hanging.key, settings }
    connection = await client.expect(201, 'POST /connections', { body })
    for (let i = 0; i < 16; i++) {
      const made = await client.expect(202, 'POST /clusters', { body: order(`waiting-${i}`) })
      expect(made).toMatchObject({ state: 'PENDING' })
      ids.push(String(made.id))
    }
    await hanging.arrival(({ method }) => method === 'POST')
  })

  it('every read and every change is answered', async () => {
    const { client } = serving
    const [asked = '', other = ''] = ids
    const path = `/clusters/${asked}`
    await client.until(asked, ({ state }) => state === 'CREATING')
    const protectedOne = { body: { deletionProtection: true } }
    await client.expect(200, `PATCH /clusters/${other}`, protectedOne)
    await client.expect(409, `DELETE /clusters/${other}`)
    await client.expect(200, `GET ${path}`)
    await client.expect(409, `GET ${path}/access`)
    await client.expect(409, `POST ${path}/credentials/reveal`, { body: { reason: 'early' } })
    await client.expect(409, `POST ${path}/suspend`)
    await client.expect(202, `DELETE ${path}`)
    await client.expect(202, `POST /connections/${connection.id}/verify`)
    await client.expect(202, `POST /connections/${connection.id}/sync`)
    await client.expect(503, `GET /connections/${connection.id}/projects`)
    await client.expect(200, `PATCH /connections/${connection.id}`, { body: { teams: ['search'] } })
    await client.expect(409, `DELETE /connections/${connection.id}`)
    for (const list of ['clusters', 'connections', 'audit-entries', 'api-keys', 'providers']) {
      await client.expect(200, `GET /${list}`)
    }
    await client.expect(200, 'GET /readyz')
  })

  it('a wait ends when its time is over', async () => {
    const headers = { prefer: 'wait=1' }
    const made = await serving.client.send('POST /clusters', { body: order('impatient'), headers })
    expect([made.status, made.headers.get('preference-applied')]).toEqual([202, 'wait=1'])
    ids.push(String(made.json.id))
    const operation = objectIn(made.json, 'operation')
    expect(['PENDING', 'RUNNING']).toContain(operation.status)
  })

  it('other connections go on', async () => {
    const settings = { baseUrl: answering.url, accountId, allowFakeClusters: true }
    const body = { name: 'answering', provider: 'fireworks', apiKey: answering.key, settings }
    await serving.client.expect(201, 'POST /connections', { body })
    const cluster = { provider: 'fireworks', team: 'ml', name: 'lively', spec: { fake: {} } }
    expect(await serving.client.settled('POST /clusters', cluster)).toMatchObject({ state: 'READY' })
  })

  it('and once it answers, all is done as if it always had', async () => {
    released.resolve()
    const [deleted = '', ...others] = ids
    await serving.client.until(deleted, ({ state }) => state === 'DELETED')
    for (const id of others) await serving.client.until(id, ({ state }) => state === 'READY')
    const names = hanging.rows.map(({ facts }) => facts.clusterName)
    expect(new Set(names).size).toBe(names.length)
    const query = `/clusters?connection=${connection.name}&state=READY&count=true`
    const page = await serving.client.expect(200, `GET ${query}`)
    expect(page.totalSize).toBe(others.length)
    expect(listIn(page, 'clusters')).toHaveLength(others.length)
  })
})
