import { describe, expect, test } from 'vitest'
import type { UpstreamResponse } from '../../src/cluster/provider.ts'
import { createSend } from '../../src/providers/call.ts'
import { createManners } from '../../src/providers/manners.ts'
import { monotonicClock } from '../../src/providers/monotonic-clock.ts'
import {
  answer,
  type Bench,
  connection,
  createBench,
  failureOf,
  noAnswer,
  outcomes,
} from './manners-bench.ts'
import { startUpstream } from './scripted-upstream.ts'

function callMany(bench: Bench, count: number, options: Parameters<Bench['call']>[0] = {}) {
  return Array.from({ length: count }, (_, index) =>
    bench.call({ ...options, operation: `operation${index}`, path: `/${index}` }),
  )
}

/** Ten calls a second of a healthy connection for a minute: when each was sent, and what it came to. */
async function healthyMinute(bench: Bench) {
  const calls: Promise<UpstreamResponse>[] = []
  for (let second = 0; second < 60; second += 1) {
    for (const operation of ['listClusters', 'getCluster', 'createCluster']) {
      calls.push(bench.call({ connection: 'healthy', operation, method: 'GET' }))
    }
    await bench.time.advance(1000)
  }
  const sent = bench.sent.filter(({ host }) => host === 'healthy')
  return { times: sent.map(({ time }) => time), ended: outcomes(calls), calls }
}

describe('one sick connection', () => {
  test.each([
    ['hangs', () => 'hang' as const],
    ['gives no answer', () => noAnswer],
    ['answers 503 with a long Retry-After', () => answer(503, { 'retry-after': '3600' })],
    ['answers 429', () => answer(429, { 'retry-after': '15' })],
  ])('that %s delays no call of another', async (_, sickReply) => {
    const alone = await healthyMinute(createBench())
    const bench = createBench()
    bench.reply = (request) => (new URL(request.url).host === 'sick' ? sickReply() : answer(200))
    const sick = outcomes([
      ...callMany(bench, 200, { connection: 'sick' }),
      ...Array.from({ length: 200 }, () => bench.call({ connection: 'sick', method: 'GET' })),
    ])
    const beside = await healthyMinute(bench)
    expect(beside.times).toEqual(alone.times)
    expect((await Promise.all(beside.calls)).every(({ status }) => status === 200)).toBe(true)
    // None of the sick one's calls waits for ever, but for those that the provider itself keeps.
    expect(sick.filter((outcome) => outcome === null).length).toBeLessThanOrEqual(10)
  })
})

describe('the calls under way', () => {
  test('of one connection are ten at most', async () => {
    const bench = createBench()
    bench.reply = () => 'hang'
    const ended = outcomes(callMany(bench, 15))
    await bench.time.advance(1000)
    expect(bench.sent).toHaveLength(10)
    bench.sent[3]?.end(answer(200))
    await bench.time.advance(0)
    expect(ended[3]).toBe(200)
    expect(bench.sent.map(({ path }) => path)).toEqual(Array.from({ length: 11 }, (_, index) => `/${index}`))
  })

  test('may be bounded otherwise', async () => {
    const bench = createBench({ concurrency: 2 })
    bench.reply = () => 'hang'
    outcomes(callMany(bench, 15))
    await bench.time.advance(0)
    expect(bench.sent).toHaveLength(2)
  })

  test('are followed by whoever has waited longest, of whatever operation', async () => {
    const bench = createBench({ concurrency: 1 })
    bench.reply = () => 'hang'
    outcomes(['a', 'b', 'a', 'c', 'b'].map((operation) => bench.call({ operation })))
    for (let ended = 0; ended < 5; ended += 1) {
      await bench.time.advance(1000)
      bench.sent[ended]?.end(answer(200))
    }
    expect(bench.sent.map(({ operation }) => operation)).toEqual(['a', 'b', 'a', 'c', 'b'])
  })

  test('when none ends in twenty seconds, those who wait are refused, unsent', async () => {
    const bench = createBench()
    bench.reply = () => 'hang'
    const ended = outcomes(callMany(bench, 12))
    await bench.time.advance(19_999)
    expect(ended[11]).toBeNull()
    await bench.time.advance(1)
    const refusal = { kind: 'rate-limited', applied: 'no', retryable: true, retryAfterMs: 1000 }
    expect(ended.slice(10)).toMatchObject([refusal, refusal])
    expect(bench.sent).toHaveLength(10)
  })

  test('do not count a call that waits for its rate, so that other operations go on', async () => {
    const bench = createBench({ concurrency: 1 })
    bench.reply = ({ operation }) => answer(operation === 'slow' ? 429 : 200, { 'retry-after': '15' })
    const ended = outcomes(Array.from({ length: 5 }, () => bench.call({ operation: 'slow' })))
    await bench.time.advance(0)
    expect(ended).toEqual([429, null, null, null, null])
    expect((await bench.call({ operation: 'other' })).status).toBe(200)
  })
})

describe('the end', () => {
  test('of the gateway refuses who waits and who comes later, and lets the calls under way end', async () => {
    const bench = createBench()
    bench.reply = () => 'hang'
    const ended = outcomes(callMany(bench, 12))
    await bench.time.advance(0)
    bench.manners.close()
    await bench.time.advance(0)
    expect(bench.time.alarms).toBe(0)
    const refusal = { kind: 'unavailable', applied: 'no', retryable: true }
    expect(ended.slice(10)).toMatchObject([refusal, refusal])
    expect(await failureOf(bench.call())).toMatchObject({
      ...refusal,
      message: 'Nothing was sent: the gateway is stopping.',
    })
    expect(await failureOf(bench.call({ connection: 'new' }))).toMatchObject(refusal)
    for (const call of bench.sent) call.end(answer(200))
    await bench.time.advance(0)
    expect(ended.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 200))
  })

  test('of the gateway does not wait for a read to be tried again', async () => {
    const bench = createBench()
    bench.reply = () => noAnswer
    const call = bench.call({ method: 'GET' })
    await bench.time.advance(100)
    bench.manners[Symbol.dispose]()
    expect(await failureOf(call)).toBe(noAnswer)
    expect(bench.time.alarms).toBe(0)
  })

  test('of a connection refuses who waits, and whoever still calls with its former send', async () => {
    const bench = createBench()
    const former = bench.manners.sendFor({ id: connection }, { requestsPerSecond: 10 })
    bench.reply = () => 'hang'
    const ended = outcomes(callMany(bench, 11))
    await bench.time.advance(0)
    bench.manners.forget(connection)
    const request = { operation: 'listClusters', method: 'GET', url: 'https://con_1/', headers: {} } as const
    const refusal = { kind: 'unavailable', applied: 'no', retryable: true }
    expect(await failureOf(former(request))).toMatchObject(refusal)
    expect(ended[10]).toMatchObject(refusal)
    expect(bench.sent).toHaveLength(10)
  })
})

test('an alarm keeps no process alive', () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
  const before = timers()
  const callOff = monotonicClock.alarm(60_000, () => {})
  expect(timers()).toBe(before)
  callOff()
})

test('over real connections, a provider that drops every call is left alone after the fifth', async () => {
  await using upstream = await startUpstream(() => ({ fault: 'drop' }))
  await using sender = createSend()
  using manners = createManners({ send: sender.send })
  const send = manners.sendFor({ id: connection }, { requestsPerSecond: 10_000 })
  const request = { operation: 'createCluster', method: 'POST', headers: {}, body: {} } as const
  const failures = []
  for (let calls = 0; calls < 8; calls += 1) {
    failures.push(await failureOf(send({ ...request, url: `${upstream.baseUrl}/clusters` })))
  }
  expect(upstream.arrived).toHaveLength(5)
  expect(failures.map(({ applied }) => applied)).toEqual([
    ...Array.from({ length: 5 }, () => 'unknown'),
    ...Array.from({ length: 3 }, () => 'no'),
  ])
})
