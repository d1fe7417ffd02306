import { describe, expect, test } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import { answer, createBench, failureOf, noAnswer, outcomes, type Reply } from './manners-bench.ts'

/** Gives these replies in turn, and 200 after them. */
function script(...replies: Reply[]): () => Reply {
  return () => replies.shift() ?? answer(200)
}

const passing: [string, Reply][] = [
  ['no answer', noAnswer],
  ['a 502', answer(502)],
  ['a 503', answer(503)],
  ['a 504', answer(504)],
]

/** What a call comes to that ends with this reply. */
function outcomeOf(reply: Reply) {
  return typeof reply === 'object' && 'status' in reply ? reply.status : reply
}

describe('a read', () => {
  test.each(passing)('is tried again after %s', async (_, reply) => {
    const bench = createBench()
    bench.reply = script(reply)
    const ended = outcomes([bench.call({ method: 'GET' })])
    await bench.time.advance(10_000)
    expect(ended).toEqual([200])
    expect(bench.sent).toHaveLength(2)
  })

  test.each(passing)('is tried three times at most, and ends with the last outcome: %s', async (_, reply) => {
    const bench = createBench()
    bench.reply = () => reply
    const ended = outcomes([bench.call({ method: 'GET' })])
    await bench.time.advance(60_000)
    expect(ended).toEqual([outcomeOf(reply)])
    expect(bench.sent).toHaveLength(3)
  })

  test.each([400, 401, 404, 409, 429, 500, 501])('is not tried again after a %i', async (status) => {
    const bench = createBench()
    bench.reply = () => answer(status)
    expect(await bench.call({ method: 'GET' })).toEqual(answer(status))
    await bench.time.advance(60_000)
    expect(bench.sent).toHaveLength(1)
  })

  test('is not tried again when it could not be written', async () => {
    const bench = createBench()
    const failure = new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message: 'bad' })
    bench.reply = () => failure
    expect(await failureOf(bench.call({ method: 'GET' }))).toBe(failure)
    expect(bench.sent).toHaveLength(1)
  })

  test('waits a random part of a doubling time', async () => {
    for (const [random, times] of [
      [0.5, [0, 250, 750]],
      [1, [0, 500, 1500]],
    ] as const) {
      const bench = createBench({ random: () => random })
      bench.reply = () => answer(503)
      bench.call({ method: 'GET' })
      await bench.time.advance(60_000)
      expect(bench.sent.map(({ time }) => time)).toEqual(times)
    }
  })

  test('waits for as long as the provider asks, up to five seconds', async () => {
    const bench = createBench()
    bench.reply = script(answer(503, { 'retry-after': '4' }), answer(503, { 'retry-after': '6' }))
    const ended = outcomes([bench.call({ method: 'GET' })])
    await bench.time.advance(60_000)
    expect(bench.sent.map(({ time }) => time)).toEqual([0, 4000])
    expect(ended).toEqual([503])
  })

  test('is tried again within the rate of its operation', async () => {
    const bench = createBench({ requestsPerSecond: 1, random: () => 0 })
    bench.reply = script(noAnswer, noAnswer)
    bench.call({ method: 'GET' })
    await bench.time.advance(60_000)
    expect(bench.sent.map(({ time }) => time)).toEqual([0, 1012, 2123])
  })

  test('is not tried again once ten seconds have gone by', async () => {
    const bench = createBench()
    bench.reply = () => 'hang'
    const ended = outcomes([bench.call({ method: 'GET' })])
    await bench.time.advance(10_000)
    bench.sent[0]?.end(answer(503))
    await bench.time.advance(60_000)
    expect(ended).toEqual([503])
    expect(bench.sent).toHaveLength(1)
  })

  test('ends with what the provider said when the circuit opens meanwhile', async () => {
    const bench = createBench()
    bench.reply = () => answer(503)
    const ended = outcomes([
      bench.call({ method: 'GET', operation: 'one' }),
      bench.call({ method: 'GET', operation: 'two' }),
      bench.call({ method: 'GET', operation: 'three' }),
    ])
    await bench.time.advance(60_000)
    expect(bench.sent).toHaveLength(5)
    expect(ended).toEqual([503, 503, 503])
  })

  test('that ends well leaves no alarm behind', async () => {
    const bench = createBench()
    bench.reply = script(noAnswer)
    bench.call({ method: 'GET' })
    await bench.time.advance(5000)
    expect(bench.time.alarms).toBe(0)
  })
})

describe.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('a %s', (method) => {
  test.each([...passing, ['a 500', answer(500)], ['a 429', answer(429)]])(
    'is sent once, also after %s',
    async (_, reply) => {
      const bench = createBench()
      bench.reply = () => reply
      const ended = outcomes([bench.call({ method })])
      await bench.time.advance(120_000)
      expect(bench.sent).toHaveLength(1)
      expect(ended).toEqual([outcomeOf(reply)])
    },
  )
})
