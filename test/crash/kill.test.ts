import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { SeededRandom } from '../simulation/seeded-random.ts'
import type { Client } from '../system/client.ts'
import { Serving } from '../system/serve.ts'
import { EmulatedProvider } from './emulated.ts'

const lives = 7
const ordersPerLife = 30
// A project takes a hundred clusters.
const projects = ['proj-3f9a60d1c2b84e7752a0e8', 'proj-7c41e90b2fd85a63c1e7d4'] as const
const random = new SeededRandom(1, 'kill')
const providers = {
  zilliz: { idField: 'clusterId', settings: {} },
  fireworks: { idField: 'clusterId', settings: { accountId: 'sandbox', allowFakeClusters: true } },
} as const

test(`${lives * ordersPerLife} creates under kill -9 at any instant: none lost, none twice, nothing left open`, async () => {
  await using zilliz = await EmulatedProvider.start('zilliz')
  await using fireworks = await EmulatedProvider.start('fireworks')
  // Slow to look again: the providers' limits are for looks too.
  await using serving = await Serving.start({
    CLUSTERGATE_POLL_INITIAL_MS: '500',
    CLUSTERGATE_POLL_MAX_MS: '2000',
  })
  const emulated = { zilliz, fireworks }
  for (const [name, provider] of Object.entries(emulated)) await connect(serving.client, name, provider)

  const accepted = new Map<string, string>()
  for (let life = 0; life < lives; life++) {
    const orders = Array.from({ length: ordersPerLife }, (_, i) => order(life * ordersPerLife + i))
    const asked = orders.map((body) => ask(serving.client, body, accepted))
    await setTimeout(random.between(0, 400))
    serving.process.signal('SIGKILL')
    await Promise.all(asked)
    await serving.startAgain()
    // Whoever got no answer asks again, under the same key.
    const unanswered = orders.filter(({ name }) => !accepted.has(String(name)))
    await Promise.all(unanswered.map((body) => ask(serving.client, body, accepted)))
  }

  expect(accepted.size).toBe(lives * ordersPerLife)
  for (const id of accepted.values()) await serving.client.until(id, isSettled)
  for (const name of Object.keys(emulated)) await sync(serving.client, name)
  const inventory = await serving.client.all('/clusters', 'clusters')
  expect(
    inventory.filter((cluster) => cluster.state !== 'READY' || cluster.management !== 'MANAGED'),
  ).toEqual([])
  expect(new Set(inventory.map(({ id }) => id))).toEqual(new Set(accepted.values()))
  const living = [
    ...(await zilliz.living(providers.zilliz.idField)),
    ...(await fireworks.living(providers.fireworks.idField)),
  ]
  expect(inventory.map(({ externalId }) => String(externalId)).sort()).toEqual(living.sort())
}, 90_000)

async function connect(client: Client, name: string, provider: EmulatedProvider): Promise<void> {
  const settings = { ...providers[name as keyof typeof providers].settings, baseUrl: provider.url }
  const body = { name, provider: name, apiKey: provider.apiKey, settings }
  await client.expect(201, 'POST /connections', { body })
  // So that there are calls under way at any instant.
  const fault = { operation: '*', fault: { kind: 'latency', ms: 60 }, times: null }
  await provider.control('POST /faults', fault)
}

function order(number: number): JsonObject {
  const common = { team: 'team', name: `order-${number}` }
  if (number % 3 === 0) return { ...common, provider: 'fireworks', spec: { fake: {} } }
  const spec = { plan: 'SERVERLESS', projectId: number % 3 === 1 ? projects[0] : projects[1] }
  return { ...common, provider: 'zilliz', region: 'gcp-us-west1', spec }
}

async function ask(client: Client, body: JsonObject, accepted: Map<string, string>): Promise<void> {
  const name = String(body.name)
  try {
    const headers = { 'idempotency-key': name }
    const { status, json, text } = await client.send('POST /clusters', { body, headers })
    if (status !== 202) throw new Error(`${name} was refused with ${status}: ${text}`)
    accepted.set(name, String(json.id))
  } catch (error) {
    // Killed before it answered: whether it was accepted, its next answer tells.
    if (!(error instanceof TypeError)) throw error
  }
}

function isSettled({ operation }: JsonObject): boolean {
  const { status } = operation as { status: string }
  return status === 'SUCCEEDED' || status === 'FAILED'
}

/** Has the provider's whole list compared with the inventory, so that nothing there can be overlooked. */
async function sync(client: Client, name: string): Promise<void> {
  const connections = await client.all('/connections', 'connections')
  const path = `/connections/${connections.find((connection) => connection.name === name)?.id}`
  const { lastSync } = await client.expect(200, `POST ${path}/sync`, { headers: { prefer: 'wait=60' } })
  expect(lastSync).toMatchObject({ status: 'SUCCEEDED' })
}
