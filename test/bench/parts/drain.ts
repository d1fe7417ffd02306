import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { Child } from '../child.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import type { Scale } from '../options.ts'
import { createBody, createHeaders } from '../orders.ts'
import { type Figure, figure } from '../report.ts'
import { makeWorld, type World } from '../world.ts'
import type { ZillizCalls } from '../zilliz-process.ts'

export const about = "creates asked for at once that drain at their provider's rate limit"

/** What Zilliz Cloud allows. */
const requestsPerSecond = 20
const none = { sign: '≤', value: 0 } as const

export async function run({ drained }: Scale): Promise<Figure[]> {
  await using zilliz = new Child<ZillizCalls>('zilliz-process.ts')
  using world = await makeWorld({ baseUrl: await zilliz.call('start', 0, true) })
  await using gateway = await startGateway(world)
  const startMs = performance.now()
  await createAll(world, gateway, drained)
  const answeredS = (performance.now() - startMs) / 1000
  const attempts = await settled(world, drained)
  const drainedS = (performance.now() - startMs) / 1000
  const { creates, limited } = await zilliz.call('takeHeard')
  if (creates !== drained) throw new Error(`${drained} creates were asked for, and ${creates} made`)
  return [
    figure(`until ${drained} creates are answered`, answeredS, 's'),
    figure('until all are made', drainedS, 's'),
    figure('  of what the limit allows', drainedS / (drained / requestsPerSecond), '×'),
    figure('leases that ran out, or attempts that were not the first', attempts - drained, '', none),
    figure('calls beyond the limit', limited, '', none),
  ]
}

async function createAll(world: World, { url }: Gateway, count: number): Promise<void> {
  const headers = createHeaders(world.apiKey)
  const indexes = Array.from({ length: count }, (_, index) => index).values()
  const work = async () => {
    for (const index of indexes) {
      const body = createBody(`drain-${index}`)
      const answer = await fetch(`${url}/clusters`, { method: 'POST', headers, body })
      if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`)
      await answer.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: 64 }, work))
}

/** Waits until every create has succeeded. Answers how many attempts they took, each a lease that began a call. */
async function settled({ database }: World, count: number): Promise<number> {
  const db = new Database(database, { readonly: true })
  try {
    const done = db.prepare(`select count(*) from intents where kind = 'create' and outcome = 'SUCCEEDED'`)
    while (Number(done.pluck().get()) < count) await setTimeout(100)
    return Number(db.prepare(`select count(*) from intents where kind = 'create'`).pluck().get())
  } finally {
    db.close()
  }
}
