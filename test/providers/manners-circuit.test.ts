import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import { Circuit } from '../../src/providers/circuit.ts'
import {
  answer,
  type Bench,
  breakCircuit,
  connection,
  createBench,
  epoch,
  failureOf,
  noAnswer,
  outcomes,
  VirtualTime,
} from './manners-bench.ts'

const circuitOf = (bench: Bench) => bench.manners.circuits()[0]

/** One call after another, each of its own operation, so that none waits. */
async function callInTurn(bench: Bench, replies: (() => ReturnType<Bench['reply']>)[]) {
  for (const reply of replies) {
    bench.reply = reply
    await bench.call({ operation: `operation${bench.sent.length}` }).catch(() => {})
  }
}

const lost = () => noAnswer
const status = (code: number) => () => answer(code)

describe('a circuit opens', () => {
  test.each([
    ['five calls in a row without an answer', Array.from({ length: 5 }, () => lost)],
    ['five answers of 5xx in a row', [500, 501, 502, 503, 504].map(status)],
    ['a mixture of them', [lost, status(500), lost, lost, status(503)]],
  ])('after %s', async (_, replies) => {
    const bench = createBench()
    await callInTurn(bench, replies.slice(1))
    expect(circuitOf(bench)).toMatchObject({ state: 'closed', failures: 4 })
    await callInTurn(bench, replies.slice(0, 1))
    expect(circuitOf(bench)).toMatchObject({ state: 'open', failures: 5 })
  })

  test.each([200, 400, 401, 403, 404, 409, 429])(
    'not while one in five is answered with %i',
    async (code) => {
      const bench = createBench()
      await callInTurn(bench, [lost, lost, lost, lost, status(code), lost, lost, lost, lost, status(code)])
      expect(circuitOf(bench)).toMatchObject({ state: 'closed', failures: 0, lastFailure: null })
    },
  )

  test('not for requests that could not be written', async () => {
    const bench = createBench()
    const invalid = { kind: 'invalid', applied: 'no', retryable: false, message: 'malformed' } as const
    await callInTurn(
      bench,
      Array.from({ length: 9 }, () => () => new ProviderFailure(invalid)),
    )
    expect(circuitOf(bench)).toMatchObject({ state: 'closed', failures: 0 })
  })
})

test('a circuit makes no call that it would refuse, whoever asks', async () => {
  const wallClock = { now: () => epoch }
  const circuit = new Circuit({
    connectionId: 'con_1',
    clock: new VirtualTime(),
    wallClock,
    changed: () => {},
  })
  const unwell = () => circuit.run(async () => answer(500))
  await Promise.all(Array.from({ length: 5 }, unwell))
  const refusal = await failureOf(circuit.run(() => expect.unreachable()))
  expect(refusal).toMatchObject({ applied: 'no', retryAfterMs: 10_000 })
})

describe('an open circuit', () => {
  test('sends nothing, and says so: certainly not applied, and when to come again', async () => {
    const bench = createBench()
    await breakCircuit(bench)
    await bench.time.advance(4000)
    const refusal = await failureOf(bench.call({ operation: 'createCluster' }))
    expect(refusal).toMatchObject({ kind: 'unavailable', applied: 'no', retryable: true, retryAfterMs: 6000 })
    expect(refusal.message).toBe(
      'Nothing was sent: the circuit of connection con_1 is open after 5 failed calls in a row. The last: The connection broke.',
    )
    expect(bench.sent).toHaveLength(5)
  })

  test('is reported with its reason and since when', async () => {
    const bench = createBench()
    await bench.time.advance(1000)
    await breakCircuit(bench)
    await bench.time.advance(3000)
    expect(bench.manners.circuits()).toEqual([
      {
        connectionId: connection,
        state: 'open',
        since: epoch + 1000,
        failures: 5,
        lastFailure: 'The connection broke.',
      },
    ])
  })

  test('refuses those who were waiting, at once', async () => {
    const bench = createBench()
    const waiting = outcomes(Array.from({ length: 20 }, () => bench.call({ operation: 'createCluster' })))
    await bench.time.advance(0)
    await breakCircuit(bench)
    await bench.time.advance(0)
    const refusal = { kind: 'unavailable', applied: 'no', retryable: true, retryAfterMs: 10_000 }
    expect(waiting.slice(1)).toEqual(Array.from({ length: 19 }, () => expect.objectContaining(refusal)))
    expect(bench.time.alarms).toBe(0)
  })

  test('lets one call try after ten seconds, and refuses the others meanwhile', async () => {
    const bench = createBench()
    await breakCircuit(bench)
    await bench.time.advance(10_000)
    bench.reply = () => 'hang'
    const ended = outcomes(Array.from({ length: 4 }, () => bench.call()))
    await bench.time.advance(0)
    const refusal = expect.objectContaining({ kind: 'unavailable', applied: 'no', retryAfterMs: 1000 })
    expect(ended).toEqual([null, refusal, refusal, refusal])
    expect(bench.sent).toHaveLength(6)
    expect(circuitOf(bench)).toMatchObject({ state: 'half-open', since: epoch + 10_000, failures: 5 })
  })

  test.each([200, 401, 404, 429])('closes when that call is answered with %i', async (code) => {
    const bench = createBench()
    await breakCircuit(bench)
    await bench.time.advance(10_000)
    bench.reply = status(code)
    await bench.call()
    expect(circuitOf(bench)).toMatchObject({
      state: 'closed',
      since: epoch + 10_000,
      failures: 0,
      lastFailure: null,
    })
    expect((await bench.call({ operation: 'other' })).status).toBe(code)
  })

  test('waits longer each time that call fails, up to a minute, and briefly again once it has closed', async () => {
    const bench = createBench()
    await breakCircuit(bench)
    for (const pauseMs of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect((await failureOf(bench.call())).retryAfterMs).toBe(pauseMs)
      await bench.time.advance(pauseMs - 1)
      expect((await failureOf(bench.call())).retryAfterMs).toBe(1)
      await bench.time.advance(1)
      bench.reply = status(503)
      expect((await bench.call()).status).toBe(503)
    }
    await bench.time.advance(60_000)
    bench.reply = status(200)
    await bench.call()
    await breakCircuit(bench)
    expect((await failureOf(bench.call())).retryAfterMs).toBe(10_000)
  })

  test('is not closed by a call from before, nor loses its reason by it', async () => {
    const bench = createBench()
    bench.reply = () => 'hang'
    bench.call()
    await breakCircuit(bench)
    bench.sent[0]?.end(answer(200))
    await bench.time.advance(0)
    expect(circuitOf(bench)).toMatchObject({
      state: 'open',
      failures: 5,
      lastFailure: 'The connection broke.',
    })
  })

  test('is a fact of its connection alone', async () => {
    const bench = createBench()
    await breakCircuit(bench, 'con_1')
    expect((await bench.call({ connection: 'con_2' })).status).toBe(200)
    expect(bench.manners.circuits()).toMatchObject([
      { connectionId: 'con_1', state: 'open' },
      { connectionId: 'con_2', state: 'closed' },
    ])
  })

  test('is forgotten with its connection', async () => {
    const bench = createBench()
    await breakCircuit(bench)
    bench.manners.forget(connection)
    expect(bench.manners.circuits()).toEqual([])
    expect((await bench.call()).status).toBe(200)
  })
})

test('every change of a circuit is logged', async () => {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(chunk).msg)
      done()
    },
  })
  const bench = createBench({ log: pino({ base: null }, stream) })
  await breakCircuit(bench)
  await bench.time.advance(10_000)
  await bench.call()
  expect(lines).toEqual([
    'the circuit of a connection is open',
    'the circuit of a connection is half-open',
    'the circuit of a connection is closed',
  ])
})
