import { array, assert, asyncProperty, integer, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import { answer, type Bench, createBench, outcomes } from './manners-bench.ts'

/** The most calls of any time span that begins with one of them. */
function mostWithin(times: number[], spanMs: number): number {
  const counts = times.map((start) => times.filter((time) => time >= start && time < start + spanMs).length)
  return Math.max(0, ...counts)
}

const timesOf = (bench: Bench) => bench.sent.map(({ time }) => time)
const pathsOf = (bench: Bench) => bench.sent.map(({ path }) => path)

function callMany(bench: Bench, count: number, operation = 'getCluster') {
  return Array.from({ length: count }, (_, index) => bench.call({ operation, path: `/${index}` }))
}

describe('the rate of an operation', () => {
  test.each([1, 5, 10, 20, 100])('of %i a second is never exceeded in any second', async (limit) => {
    const bench = createBench({ requestsPerSecond: limit })
    const calls = callMany(bench, limit * 10)
    await bench.time.advance(20_000)
    await Promise.all(calls)
    expect(mostWithin(timesOf(bench), 1000)).toBeLessThanOrEqual(limit)
  })

  test('is nine tenths of what the provider allows, smoothly', async () => {
    const bench = createBench({ requestsPerSecond: 10 })
    callMany(bench, 150)
    await bench.time.advance(10_000)
    expect(bench.sent.length).toBeGreaterThanOrEqual(90)
    expect(bench.sent.length).toBeLessThanOrEqual(92)
    expect(mostWithin(timesOf(bench), 222)).toBeLessThanOrEqual(3)
  })

  test('may be less than one a second: ten a minute', async () => {
    const bench = createBench({ requestsPerSecond: 10 / 60 })
    const ended = outcomes(callMany(bench, 3))
    await bench.time.advance(20_000)
    expect(ended).toEqual([200, 200, 200])
    expect(timesOf(bench).map(Math.round)).toEqual([0, 6567, 13_234])
  })

  test('is held, and the order kept, however calls arrive', async () => {
    const burst = record({ gapMs: integer({ min: 0, max: 2500 }), count: integer({ min: 1, max: 15 }) })
    await assert(
      asyncProperty(array(burst, { maxLength: 12 }), async (bursts) => {
        const bench = createBench({ requestsPerSecond: 10 })
        let path = 0
        for (const { gapMs, count } of bursts) {
          await bench.time.advance(gapMs)
          for (let index = 0; index < count; index += 1) bench.call({ path: `/${path++}` }).catch(() => {})
        }
        await bench.time.advance(30_000)
        expect(mostWithin(timesOf(bench), 1000)).toBeLessThanOrEqual(10)
        expect(pathsOf(bench)).toEqual(Array.from({ length: path }, (_, index) => `/${index}`))
      }),
      { numRuns: 30 },
    )
  })

  test('holds up no other operation', async () => {
    const bench = createBench()
    const ended = outcomes([...callMany(bench, 100, 'listClusters'), bench.call({ operation: 'getCluster' })])
    await bench.time.advance(0)
    expect(ended.at(-1)).toBe(200)
  })

  test('is not saved up in quiet times', async () => {
    const bench = createBench()
    callMany(bench, 1)
    await bench.time.advance(60_000)
    callMany(bench, 50)
    await bench.time.advance(1000)
    expect(mostWithin(timesOf(bench), 1000)).toBeLessThanOrEqual(10)
  })
})

describe('the queue', () => {
  test('is in the order of asking', async () => {
    const bench = createBench()
    callMany(bench, 30)
    await bench.time.advance(20_000)
    expect(pathsOf(bench)).toEqual(Array.from({ length: 30 }, (_, index) => `/${index}`))
  })

  test('ends at twenty seconds: who would wait longer is refused at once, unsent', async () => {
    const bench = createBench({ requestsPerSecond: 10 })
    const ended = outcomes(callMany(bench, 500))
    await bench.time.advance(0)
    const refused = ended.filter((outcome) => outcome instanceof ProviderFailure)
    expect(refused.length).toBeGreaterThanOrEqual(318)
    expect(refused[0]).toMatchObject({ kind: 'rate-limited', applied: 'no', retryable: true })
    expect(refused[0]?.retryAfterMs).toBeGreaterThan(20_000)
    expect(refused[0]?.message).toContain('Nothing was sent')
    await bench.time.advance(20_000)
    expect(bench.sent.length).toBe(500 - refused.length)
    expect(ended.filter((outcome) => outcome === 200)).toHaveLength(bench.sent.length)
  })

  test('has room again when those in front have left it', async () => {
    const bench = createBench({ requestsPerSecond: 10 })
    outcomes(callMany(bench, 500))
    await bench.time.advance(5000)
    const ended = outcomes([bench.call({ path: '/later' })])
    await bench.time.advance(20_000)
    expect(ended).toEqual([200])
    expect(pathsOf(bench).at(-1)).toBe('/later')
  })
})

describe('a 429', () => {
  test('pauses the operation for as long as Retry-After says', async () => {
    const bench = createBench()
    bench.reply = () => answer(429, { 'retry-after': '7' })
    await bench.call()
    bench.reply = () => answer(200)
    const ended = outcomes([bench.call(), bench.call()])
    await bench.time.advance(6999)
    expect(ended).toEqual([null, null])
    await bench.time.advance(200)
    expect(ended).toEqual([200, 200])
    expect(timesOf(bench)[1]).toBe(7000)
  })

  test('may say so with a date', async () => {
    const bench = createBench()
    const date = 'Thu, 01 Jan 2026 00:00:10 GMT'
    bench.reply = () => answer(429, { 'retry-after': date })
    await bench.call()
    bench.reply = () => answer(200)
    bench.call()
    await bench.time.advance(15_000)
    expect(timesOf(bench)).toEqual([0, 10_000])
  })

  test('without Retry-After pauses it for a second', async () => {
    const bench = createBench()
    bench.reply = () => answer(429)
    await bench.call()
    bench.reply = () => answer(200)
    bench.call()
    await bench.time.advance(5000)
    expect(timesOf(bench)).toEqual([0, 1000])
  })

  test('is handed on as it came, and a read is not tried again for it', async () => {
    const bench = createBench()
    bench.reply = () => answer(429, { 'retry-after': '1' })
    expect(await bench.call({ method: 'GET' })).toEqual(answer(429, { 'retry-after': '1' }))
    await bench.time.advance(60_000)
    expect(bench.sent).toHaveLength(1)
  })

  test('pauses neither another operation nor another connection', async () => {
    const bench = createBench()
    bench.reply = () => answer(429, { 'retry-after': '7' })
    await bench.call()
    bench.reply = () => answer(200)
    const ended = outcomes([bench.call({ operation: 'listClusters' }), bench.call({ connection: 'con_2' })])
    await bench.time.advance(0)
    expect(ended).toEqual([200, 200])
  })

  test('that asks for more than twenty seconds refuses the calls that wait and those that come', async () => {
    const bench = createBench()
    bench.reply = () => answer(429, { 'retry-after': '60' })
    const ended = outcomes(callMany(bench, 5))
    await bench.time.advance(0)
    const refusal = { kind: 'rate-limited', applied: 'no', retryable: true, retryAfterMs: 60_000 }
    expect(ended).toMatchObject([429, refusal, refusal, refusal, refusal])
    await bench.time.advance(10_000)
    await expect(bench.call()).rejects.toMatchObject({ ...refusal, retryAfterMs: 50_000 })
    expect(bench.sent).toHaveLength(1)
  })

  test('that asks for less does not shorten a longer pause', async () => {
    const bench = createBench()
    bench.reply = () => 'hang'
    callMany(bench, 2)
    await bench.time.advance(1000)
    bench.sent[0]?.end(answer(429, { 'retry-after': '7' }))
    bench.sent[1]?.end(answer(429, { 'retry-after': '2' }))
    await bench.time.advance(0)
    bench.reply = () => answer(200)
    bench.call()
    await bench.time.advance(15_000)
    expect(timesOf(bench).at(-1)).toBe(8000)
  })
})
