import type { LookupAddress, lookup } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { AddressSet } from '../../src/cluster/address-set.ts'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import type { UpstreamRequest } from '../../src/cluster/provider.ts'
import { createAddressGuard } from '../../src/providers/address-guard.ts'
import { createSend } from '../../src/providers/call.ts'
import { startUpstream } from './scripted-upstream.ts'

/** A name server that gives these answers, one after the other, and the last one for ever. */
function answering(...answers: string[][]): { resolve: typeof lookup; asked: string[] } {
  const asked: string[] = []
  const resolve = (host: string, _: unknown, done: (error: null, found: LookupAddress[]) => void) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(host)
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { resolve: resolve as unknown as typeof lookup, asked }
}

const request = (url: string, method: 'GET' | 'POST' = 'POST'): UpstreamRequest => ({
  operation: 'tryIt',
  method,
  url,
  headers: { authorization: 'Bearer a-key' },
})

async function failureOf(promise: Promise<unknown>): Promise<ProviderFailure> {
  const outcome = await promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )
  if (outcome instanceof ProviderFailure) return outcome
  throw new Error('expected a ProviderFailure', { cause: outcome })
}

const ok = { json: { code: 0 } }
const strict = { allowLoopback: false }

describe('nothing is sent', () => {
  test.each(['127.0.0.1', '10.0.0.5', '169.254.169.254', '::1', 'fd00::1', '::ffff:10.0.0.5'])(
    'to a name that leads to %s',
    async (address) => {
      await using upstream = await startUpstream(() => ok)
      const { port } = new URL(upstream.baseUrl)
      const { resolve } = answering([address])
      await using sender = createSend({ guard: createAddressGuard(strict, resolve) })
      const failure = await failureOf(sender.send(request(`http://provider.example:${port}/`)))
      expect(failure).toMatchObject({ kind: 'address-refused', applied: 'no', retryable: false })
      expect(failure.message).toContain('Nothing was sent: provider.example leads to')
      expect(failure.message).not.toContain(address)
      expect(upstream.arrived).toEqual([])
    },
  )

  test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0177.0.0.1'])(
    'to the address %s, which no name server is asked for',
    async (host) => {
      await using upstream = await startUpstream(() => ok)
      const { port } = new URL(upstream.baseUrl)
      const { resolve, asked } = answering(['8.8.8.8'])
      await using sender = createSend({ guard: createAddressGuard(strict, resolve) })
      const failure = await failureOf(sender.send(request(`http://${host}:${port}/`)))
      expect(failure).toMatchObject({ kind: 'address-refused', applied: 'no' })
      expect([upstream.arrived, asked]).toEqual([[], []])
    },
  )

  test('to a name that changes its mind between two calls (DNS rebinding)', async () => {
    await using upstream = await startUpstream(() => ok)
    const { port } = new URL(upstream.baseUrl)
    const { resolve, asked } = answering(['127.0.0.1'], ['10.0.0.5'])
    await using sender = createSend({ guard: createAddressGuard({ allowLoopback: true }, resolve) })
    const url = `http://provider.example:${port}/`
    expect(await sender.send(request(url))).toMatchObject({ status: 200 })
    expect(await failureOf(sender.send(request(url)))).toMatchObject({ kind: 'address-refused' })
    expect([upstream.arrived.length, asked.length]).toEqual([1, 2])
  })

  test('to a name without an address', async () => {
    const { resolve } = answering([])
    await using sender = createSend({ guard: createAddressGuard(strict, resolve) })
    const failure = await failureOf(sender.send(request('https://provider.example/')))
    expect(failure).toMatchObject({ kind: 'address-refused', applied: 'no' })
  })
})

describe('it is sent', () => {
  test('to the allowed ones of several addresses', async () => {
    await using upstream = await startUpstream(() => ok)
    const { port } = new URL(upstream.baseUrl)
    const { resolve } = answering(['10.0.0.5', '127.0.0.1'])
    const rule = { allowLoopback: false, allowed: new AddressSet(['127.0.0.0/8']) }
    await using sender = createSend({ guard: createAddressGuard(rule, resolve) })
    expect(await sender.send(request(`http://provider.example:${port}/`))).toMatchObject({ status: 200 })
    expect(upstream.arrived).toHaveLength(1)
  })

  test('and a redirect to an inner address is an answer like any other, not a place to go', async () => {
    await using inner = await startUpstream(() => ok)
    await using upstream = await startUpstream(() => ({
      status: 307,
      headers: { location: `${inner.baseUrl}/latest/meta-data` },
      text: '',
    }))
    const guard = createAddressGuard({ allowLoopback: true })
    await using sender = createSend({ guard })
    for (const method of ['GET', 'POST'] as const) {
      expect(await sender.send(request(upstream.baseUrl, method))).toMatchObject({ status: 307 })
    }
    expect(inner.arrived).toEqual([])
  })
})
