import { describe, expect, it } from 'vitest'
import { isJsonObject, type Json } from '../../src/cluster/json.ts'
import { type Emulator, serveEmulator } from '../../src/sandbox/server.ts'
import { readings } from './attempts.ts'
import { Bench, facts, settingsAt } from './bench.ts'
import type { Candidate } from './candidate.ts'
import { lifecycle } from './lifecycle.ts'

const strange = 'DEFRAGMENTING_v2'
const yearMs = 365 * 86_400_000

/** What the provider says is told as it is, known or not. */
export function states(candidate: Candidate): void {
  describe('a state', () => {
    strangeStates(candidate)
    lastingStates(candidate)
  })

  describe('with fields that nobody knows in every answer', () => {
    it('everything reads as without them', async () => {
      await using bench = await Bench.open(candidate)
      await using embellished = await serveEmulator(withStrangeFields(bench.sandbox), { port: 0 })
      const there = { ...bench.account, settings: settingsAt(candidate, embellished.url) }
      const cluster = await bench.ready()
      for (const { read } of readings) {
        const plain = facts(await read(bench, bench.account, cluster))
        expect(facts(await read(bench, there, cluster))).toEqual(plain)
      }
    })

    lifecycle(candidate, withStrangeFields)
  })
}

function strangeStates(candidate: Candidate): void {
  const { operations } = candidate

  it('that is not known is UNKNOWN and told verbatim, never an error, never FAILED', async () => {
    await using bench = await Bench.open(candidate)
    const { externalId } = await bench.ready()
    const told = { externalId, state: 'UNKNOWN', providerState: strange }
    bench.break({ operation: '*', fault: { kind: 'state', state: strange }, times: null })
    expect(await bench.observe(externalId)).toMatchObject(told)
    expect((await bench.adapter.find(bench.account, bench.wanted)).found).toHaveLength(1)
    bench.sandbox.faults.clear()
    bench.break({ operation: operations.list, fault: { kind: 'state', state: strange }, times: null })
    expect(await bench.listAll()).toMatchObject([told])
  })

  it('of a create that is stuck in a strange word is UNKNOWN', async () => {
    await using bench = await Bench.open(candidate)
    bench.break({ operation: operations.create, fault: { kind: 'stuck', state: strange } })
    const { externalId } = await bench.adapter.create(bench.account, bench.wanted)
    bench.clock.pass(yearMs)
    expect(await bench.observe(externalId)).toMatchObject({ state: 'UNKNOWN', providerState: strange })
  })
}

function lastingStates(candidate: Candidate): void {
  const { operations } = candidate

  it('of a create that is stuck stays what it is', async () => {
    await using bench = await Bench.open(candidate)
    bench.break({ operation: operations.create, fault: { kind: 'stuck' } })
    const { externalId } = await bench.adapter.create(bench.account, bench.wanted)
    bench.clock.pass(yearMs)
    expect(await bench.observe(externalId)).toMatchObject({ state: 'CREATING' })
  })

  it('of a delete that is stuck stays DELETING: it is there until it is not', async () => {
    await using bench = await Bench.open(candidate)
    const { externalId } = await bench.ready()
    bench.break({ operation: operations.delete, fault: { kind: 'stuck' } })
    await bench.adapter.delete(bench.account, externalId)
    bench.clock.pass(yearMs)
    expect(await bench.observe(externalId)).toMatchObject({ state: 'DELETING' })
    expect(await bench.listAll()).toHaveLength(1)
  })

  it('of a create that fails is FAILED, with a reason', async () => {
    await using bench = await Bench.open(candidate)
    bench.break({ operation: operations.create, fault: { kind: 'fail' } })
    const { externalId } = await bench.adapter.create(bench.account, bench.wanted)
    bench.settle()
    const { state, stateReason } = await bench.observe(externalId)
    expect(state).toBe('FAILED')
    expect(stateReason).toMatch(/\w/)
  })

  it('of a cluster said once not to be there is told when asked again', async () => {
    await using bench = await Bench.open(candidate)
    const { externalId } = await bench.adapter.create(bench.account, bench.wanted)
    bench.break({ operation: operations.describe, fault: { kind: 'notFoundOnce' } })
    expect(await bench.adapter.observe(bench.account, externalId)).toBeNull()
    expect(await bench.observe(externalId)).toMatchObject({ state: 'CREATING' })
  })
}

/** Puts members that no documentation has into every object of every answer. */
function withStrangeFields(emulator: Emulator): Emulator {
  return {
    fetch: async (request) => {
      const response = await emulator.fetch(request)
      const text = await response.text()
      const headers = new Headers(response.headers)
      headers.delete('content-length')
      return new Response(isJson(headers) ? JSON.stringify(embellish(JSON.parse(text))) : text, {
        status: response.status,
        headers,
      })
    },
  }
}

function isJson(headers: Headers): boolean {
  return headers.get('content-type')?.startsWith('application/json') ?? false
}

function embellish(value: Json): Json {
  if (Array.isArray(value)) return value.map(embellish)
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => [name, embellish(member)])
  return { ...Object.fromEntries(members), zzNewField: { nested: ['strange', 7, null] }, zz_flag: true }
}
