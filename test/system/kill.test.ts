import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Serving } from './serve.ts'
import { accountId, FakeFireworks } from './upstream/fake-fireworks.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'

const teams = 3
const perTeam = 6

it('kill -9 in the middle of many creates: each that was accepted settles, none is made twice', async () => {
  await using zilliz = await new FakeZilliz('key-of-the-killed', { tells: 'much' }).listen()
  await using fireworks = await new FakeFireworks('fw_key-of-the-killed').listen()
  await using serving = await Serving.start()
  await connect(serving, 'zilliz', zilliz.key, { baseUrl: zilliz.url })
  const settings = { baseUrl: fireworks.url, accountId, allowFakeClusters: true }
  await connect(serving, 'fireworks', fireworks.key, settings)

  const accepted = new Map<string, string>()
  for (const [life, killAt] of [2, 5, 9].entries()) {
    const killed = killWhenMade(serving, zilliz, killAt)
    const orders = Array.from({ length: teams * perTeam }, (_, i) => order(`life-${life}-${i}`, i))
    await Promise.all(orders.map((body) => createUnlessKilled(serving, body, accepted)))
    await killed
    await serving.startAgain()
  }

  expect(accepted.size).toBeGreaterThan(10)
  for (const [id, name] of accepted) {
    const cluster = await serving.client.until(id, ({ operation }) => isOver(operation))
    expect([name, cluster.state]).toEqual([name, 'READY'])
  }
  // An accepted request of which the answer was lost has been carried out too, as once.
  const upstream = [...zilliz.rows.map(({ facts }) => String(facts.clusterName)), ...fireworks.rows.keys()]
  expect(new Set(upstream).size).toBe(upstream.length)
  const inventory = await serving.client.all('/clusters', 'clusters')
  expect(inventory.map(({ name }) => name)).toEqual(expect.arrayContaining(upstream))
  expect(new Set(inventory.map(({ name }) => name)).size).toBe(inventory.length)
})

async function connect(serving: Serving, provider: string, apiKey: string, settings: JsonObject) {
  const body = { name: provider, provider, apiKey, settings }
  await serving.client.expect(201, 'POST /connections', { body })
}

function order(name: string, i: number): JsonObject {
  const common = { team: `team-${i % teams}`, name }
  if (i % 4 === 0) return { ...common, provider: 'fireworks', spec: { fake: {} } }
  return { ...common, provider: 'zilliz', region: 'gcp-us-west1', spec: { plan: 'SERVERLESS', projectId } }
}

/** Kills the gateway the moment the provider has made so many clusters, before it learns of the last. */
function killWhenMade({ process }: Serving, zilliz: FakeZilliz, count: number): Promise<unknown> {
  const until = zilliz.rows.length + count
  zilliz.intercept = (_request, answer) => {
    const reply = answer()
    if (zilliz.rows.length < until) return reply
    process.signal('SIGKILL')
    return null
  }
  return process.ended.then(() => {
    zilliz.intercept = (_request, answer) => answer()
  })
}

async function createUnlessKilled(serving: Serving, body: JsonObject, accepted: Map<string, string>) {
  try {
    const { status, json } = await serving.client.send('POST /clusters', { body })
    if (status === 202) accepted.set(String(json.id), String(body.name))
  } catch {
    // It was killed before it answered.
  }
}

function isOver(operation: unknown): boolean {
  const { status } = operation as { status: string }
  return status === 'SUCCEEDED' || status === 'FAILED'
}
