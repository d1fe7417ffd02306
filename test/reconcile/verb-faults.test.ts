import { describe, expect, test } from 'vitest'
import type { FaultRuleInput } from '../../src/sandbox/faults.ts'
import { requestRetry } from '../../src/store/change-cluster.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench } from './harness.ts'
import { arrange, succeeded, verbs } from './verbs.ts'

type Fault = FaultRuleInput['fault']

/** The provider did what it was asked, and nobody heard of it: asking again would be one time too many. */
const lostAnswers: [string, Fault][] = [
  ['the connection is cut', { kind: 'dropAfter' }],
  ['a proxy says 502 in HTML', { kind: 'html', status: 502, committed: true }],
  ['the answer never comes', { kind: 'hangAfter' }],
  ['the answer is cut in half', { kind: 'truncate' }],
]

/** The provider never heard of it, which nobody can know at first. */
const lostCalls: [string, Fault][] = [
  ['the connection is cut', { kind: 'dropBefore' }],
  ['a proxy says 502 in HTML', { kind: 'html', status: 502 }],
  ['the answer never comes', { kind: 'hang' }],
]

describe.each(verbs)('$kind at $provider', (verb) => {
  test.each(lostAnswers)('is made once when %s after the deed', async (_, fault) => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    bench[verb.provider].faults.add({ operation: verb.operation, fault })
    const id = await ask()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(verb.isDone(bench)).toBe(true)
    expect(calls()).toHaveLength(1)
    expect((await bench.outcomes(id)).at(verb.from === null ? 0 : -1)).toMatch(/UNKNOWN|NOT_SENT/)
    await expectExplained(bench)
  })

  test.each(lostCalls)('is asked for again when %s before the deed', async (_, fault) => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    bench[verb.provider].faults.add({ operation: verb.operation, fault })
    const id = await ask()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(verb.isDone(bench)).toBe(true)
    expect(calls()).toHaveLength(2)
    await expectExplained(bench)
  })

  test('waits as long as the provider says, then goes on', async () => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    const fault: Fault = { kind: 'status', status: 429, body: 'slow down', headers: { 'retry-after': '37' } }
    bench[verb.provider].faults.add({ operation: verb.operation, fault })
    const id = await ask()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    const [first, second] = calls().map(({ time }) => Date.parse(time))
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(37_000)
    await expectExplained(bench)
  })

  test('refused inside a 200 shows the reason of the provider, and can be tried again from there', async () => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    const code = verb.provider === 'zilliz' ? 80000 : 3
    const fault: Fault = { kind: 'error', code, message: 'No plum pudding.', httpStatus: 200 }
    bench[verb.provider].faults.add({ operation: verb.operation, fault })
    const id = await ask()
    await bench.settle()
    const refused = await bench.cluster(id)
    expect(refused.operation).toMatchObject({ kind: verb.kind, status: 'FAILED' })
    expect(refused.operation?.error).toMatchObject({ code: 'provider-invalid', message: 'No plum pudding.' })
    expect(refused.state).toBe(verb.from ?? 'FAILED')
    expect(calls()).toHaveLength(1)
    await requestRetry(bench.store, { who: asker }, id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(verb.isDone(bench)).toBe(true)
    await expectExplained(bench)
  })

  test('with a key that is refused fails at once, and says so', async () => {
    await using bench = new Bench()
    const { ask, calls } = await arrange(bench, verb)
    const fault: Fault = { kind: 'status', status: 401, body: 'no such key' }
    bench[verb.provider].faults.add({ operation: verb.operation, fault })
    const id = await ask()
    await bench.settle()
    const { operation, state } = await bench.cluster(id)
    expect(operation).toMatchObject({ status: 'FAILED', error: { code: 'provider-unauthenticated' } })
    expect(state).toBe(verb.from ?? 'FAILED')
    expect(calls()).toHaveLength(1)
    expect((await bench.outcomes(id)).at(-1)).toBe('FAILED')
    await expectExplained(bench)
  })

  test('goes on where an unwell provider stopped it, however often', async () => {
    await using bench = new Bench()
    const { ask } = await arrange(bench, verb)
    bench[verb.provider].faults.add({ operation: '*', fault: { kind: 'html', status: 503 }, times: 12 })
    const id = await ask()
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
    expect(verb.isDone(bench)).toBe(true)
    await expectExplained(bench)
  })
})
