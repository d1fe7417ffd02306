import { describe, expect, it } from 'vitest'
import { answerUnder, type FaultedCall } from '../../src/sandbox/fault-replies.ts'
import type { Fault } from '../../src/sandbox/faults.ts'
import { ConnectionDropped } from '../../src/sandbox/server.ts'

function countedCall(signal = new AbortController().signal) {
  const seen = { commits: 0, delays: [] as number[] }
  const call: FaultedCall = {
    signal,
    commit: () => {
      seen.commits += 1
      return Response.json({ made: 'yes' })
    },
    errorReply: ({ code, message }) => Response.json({ code, message }),
    notFoundReply: () => new Response('absent', { status: 404 }),
    delay: async (ms) => void seen.delays.push(ms),
  }
  return { call, seen }
}

describe('faults that keep the call from taking effect', () => {
  it.each<[Fault, number, string]>([
    [{ kind: 'status', status: 503, body: 'busy' }, 503, 'busy'],
    [{ kind: 'error', code: 7, message: 'no' }, 200, '{"code":7,"message":"no"}'],
    [{ kind: 'notFoundOnce' }, 404, 'absent'],
  ])('%j', async (fault, status, body) => {
    const { call, seen } = countedCall()
    const response = await answerUnder([fault], call)
    expect([response.status, await response.text(), seen.commits]).toEqual([status, body, 0])
  })

  it('an HTML page says which status it stands for', async () => {
    const response = await answerUnder([{ kind: 'html' }], countedCall().call)
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toContain('502 Bad Gateway')
  })

  it('dropBefore', async () => {
    const { call, seen } = countedCall()
    await expect(answerUnder([{ kind: 'dropBefore' }], call)).rejects.toThrow(ConnectionDropped)
    expect(seen.commits).toBe(0)
  })

  it('hang waits for the caller to give up', async () => {
    const caller = new AbortController()
    const { call, seen } = countedCall(caller.signal)
    const answer = answerUnder([{ kind: 'hang' }], call)
    caller.abort()
    await expect(answer).rejects.toThrow(ConnectionDropped)
    expect(seen.commits).toBe(0)
  })
})

describe('faults that strike after the call has taken effect', () => {
  it.each<Fault>([{ kind: 'dropAfter' }, { kind: 'hangAfter' }])('$kind', async (fault) => {
    const { call, seen } = countedCall(AbortSignal.abort())
    await expect(answerUnder([fault], call)).rejects.toThrow(ConnectionDropped)
    expect(seen.commits).toBe(1)
  })

  it('truncate leaves half of the body, which is not JSON', async () => {
    const { call, seen } = countedCall()
    const response = await answerUnder([{ kind: 'truncate' }], call)
    await expect(response.json()).rejects.toThrow(SyntaxError)
    expect(seen.commits).toBe(1)
  })

  it.each<Fault>([
    { kind: 'status', status: 504, committed: true },
    { kind: 'html', committed: true },
  ])('a committed $kind', async (fault) => {
    const { call, seen } = countedCall()
    const response = await answerUnder([fault], call)
    expect([response.ok, seen.commits]).toEqual([false, 1])
  })
})

describe('latency', () => {
  it('comes first and goes together with any ending', async () => {
    const { call, seen } = countedCall()
    const response = await answerUnder([{ kind: 'html' }, { kind: 'latency', ms: 40 }], call)
    expect([response.status, seen.delays]).toEqual([502, [40]])
  })

  it('ends when the caller goes away', async () => {
    const { delay: _, ...call } = countedCall(AbortSignal.abort()).call
    await expect(answerUnder([{ kind: 'latency', ms: 3_600_000 }], call)).rejects.toThrow(ConnectionDropped)
  })
})
