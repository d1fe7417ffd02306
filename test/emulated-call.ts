import { ProviderFailure } from '../src/cluster/failure.ts'
import type { UpstreamRequest, UpstreamResponse } from '../src/cluster/provider.ts'
import { ConnectionDropped, type Emulator } from '../src/sandbox/server.ts'

/** An emulated provider, and its clock, which a server tells with every answer. */
export interface Emulated {
  emulator: Emulator
  now: () => number
}

/** One call to an emulator without a socket. A dropped connection is an unknown outcome, as over a real one. */
export async function callEmulator(
  { emulator, now }: Emulated,
  request: UpstreamRequest,
  signal: AbortSignal,
): Promise<UpstreamResponse> {
  const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) }
  const { method } = request
  try {
    const reply = await emulator.fetch(
      new Request(request.url, { method, headers: request.headers, signal, ...body }),
    )
    const headers = { ...Object.fromEntries(reply.headers), date: new Date(now()).toUTCString() }
    return { status: reply.status, headers, text: await reply.text() }
  } catch (error) {
    if (!(error instanceof ConnectionDropped)) throw error
    const message = 'the connection was closed before an answer came'
    throw new ProviderFailure({ kind: 'unavailable', applied: 'unknown', retryable: true, message })
  }
}

/** Whether an answer comes by itself: an emulator that hangs waits for something that does not happen in this process. */
export async function comesByItself(answer: Promise<unknown>): Promise<boolean> {
  let settled = false
  const note = () => {
    settled = true
  }
  answer.then(note, note)
  for (let turns = 0; turns < 20 && !settled; turns++) await new Promise((resolve) => setImmediate(resolve))
  return settled
}
