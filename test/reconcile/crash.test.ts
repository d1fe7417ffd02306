import { describe, expect, test } from 'vitest'
import type { Send, UpstreamRequest } from '../../src/cluster/provider.ts'
import { expectExplained } from './explained.ts'
import { Bench } from './harness.ts'
import { arrange, succeeded, type Verb, verbs } from './verbs.ts'

function nevermore(): Promise<never> {
  return new Promise(() => {})
}

/** How a process meets its end in the middle of a call. */
const ends: [string, (send: Send, request: UpstreamRequest) => Promise<never>][] = [
  ['before the call has left', nevermore],
  [
    'when the provider has answered, before that is stored',
    async (send, request) => {
      await send(request)
      return nevermore()
    },
  ],
]

/** A process that takes what is due and dies in the verb's own call. */
async function dieIn(bench: Bench, verb: Verb, end: (typeof ends)[number][1]): Promise<void> {
  const died = new Promise<void>((resolve) => {
    const send: Send = (request) => {
      if (request.operation !== verb.operation) return bench.send(request)
      const last = end(bench.send, request)
      void Promise.race([last, new Promise((turn) => setTimeout(turn, 0))]).then(() => resolve())
      return last
    }
    void bench.replica(send).startDue()
  })
  await died
}

describe.each(verbs)('$kind at $provider', (verb) => {
  describe.each(ends)('killed %s', (_, end) => {
    test('is looked at and finished by the next process, made once', async () => {
      await using bench = new Bench()
      const { ask } = await arrange(bench, verb)
      const id = await ask()
      await dieIn(bench, verb, end)
      await bench.restart()
      await bench.settle()
      expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
      expect(verb.isDone(bench)).toBe(true)
      expect(await bench.outcomes(id)).toContain('UNKNOWN')
      await expectExplained(bench)
    })

    test('is taken over by another process when the lease has run out', async () => {
      await using bench = new Bench()
      const { ask } = await arrange(bench, verb)
      const id = await ask()
      await dieIn(bench, verb, end)
      await bench.restart(async () => {})
      expect(await bench.reconciler.startDue()).toBe(0)
      await bench.settle()
      expect(await bench.cluster(id)).toMatchObject(succeeded(verb))
      expect(verb.isDone(bench)).toBe(true)
      await expectExplained(bench)
    })
  })
})

test('an intent is on disk before its call leaves, and says what is asked', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('zilliz')
  await bench.settle(0)
  const seen: string[] = []
  const id = await bench.create(connection, 'one')
  const watching = bench.replica(async (request) => {
    if (request.method !== 'GET') seen.push(...(await bench.outcomes(id)))
    return bench.send(request)
  })
  await watching.startDue()
  await watching.idle()
  expect(seen).toEqual(['PENDING'])
  expect(await bench.outcomes(id)).toEqual(['SUCCEEDED'])
})
