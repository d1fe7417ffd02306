import { setTimeout } from 'node:timers/promises'
import { Agent, buildConnector } from 'undici'
import { ProviderFailure } from '../cluster/failure.ts'
import type { Send, UpstreamRequest, UpstreamResponse } from '../cluster/provider.ts'
import { type AddressGuard, AddressRefused } from './address-guard.ts'
import { requestIdOf } from './reply.ts'

/** What one call came to: no header, no body, no query, so it can be logged and counted as it is. */
export interface CallEvent {
  operation: string
  provider?: string | undefined
  method: UpstreamRequest['method']
  /** Origin and path. */
  target: string
  /** Null when no answer came. */
  status: number | null
  /** The provider's id of the request, where it gave one. */
  requestId: string | null
  durationMs: number
  /** Why no whole answer came; null when one did. */
  failure: string | null
}

export interface SendOptions {
  /** For name lookup, connecting and TLS together. */
  connectTimeoutMs?: number
  /** From the request's last byte to the answer's headers. */
  headersTimeoutMs?: number
  /** For the whole body of an answer, and for every silence within it. */
  bodyTimeoutMs?: number
  maxBodyBytes?: number
  /** Which addresses may be connected to. Left out, all of them. */
  guard?: AddressGuard
  /** Told of every call when it has ended. Must not throw. */
  observe?: (event: CallEvent) => void
}

export const sendDefaults = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 30_000,
  maxBodyBytes: 10 * 1024 * 1024,
} as const

export interface Sender extends AsyncDisposable {
  send: Send
  /** Waits for the calls under way, `graceMs` at most, then drops them. Later calls fail unsent. */
  close(graceMs?: number): Promise<void>
}

type Settings = Record<keyof typeof sendDefaults, number>

/**
 * The HTTP call that all adapters make: one request, once, over pooled connections. It follows no redirect, retries
 * nothing and takes at most the sum of its timeouts (the body's twice). Any whole answer, of whatever status, is an answer.
 */
export function createSend(options: SendOptions = {}): Sender {
  const { observe, guard, ...given } = options
  const settings: Settings = { ...sendDefaults, ...given }
  const unsent = new WeakSet<object>()
  const agents = createAgents(settings, unsent, guard)
  const underWay = new Set<Promise<UpstreamResponse>>()
  let closed = false

  async function observed(request: UpstreamRequest): Promise<UpstreamResponse> {
    const started = performance.now()
    const progress: Progress = { status: null, requestId: null }
    let failure: string | null = null
    try {
      if (closed) throw new SenderClosed()
      if (Date.now() > (request.notAfter ?? Number.POSITIVE_INFINITY)) throw new TooLate()
      const agent = request.method === 'GET' ? agents.reads : agents.changes
      return await exchange(agent, request, settings, progress)
    } catch (error) {
      const translated = transportFailure(error, request, progress, unsent)
      failure = translated.message
      throw translated
    } finally {
      const durationMs = performance.now() - started
      const { operation, provider, method, url } = request
      observe?.({ operation, provider, method, target: targetOf(url), ...progress, durationMs, failure })
    }
  }

  async function send(request: UpstreamRequest): Promise<UpstreamResponse> {
    const call = observed(request)
    underWay.add(call)
    return call.finally(() => underWay.delete(call))
  }

  async function close(graceMs = 10_000): Promise<void> {
    closed = true
    const grace = new AbortController()
    const graceOver = setTimeout(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
    await Promise.race([Promise.allSettled(underWay), graceOver])
    grace.abort()
    await Promise.all([agents.reads.destroy(), agents.changes.destroy()])
  }

  return { send, close, [Symbol.asyncDispose]: () => close() }
}

/**
 * Reads share kept-alive connections. A change goes over a connection of its own: one written to a pooled socket that
 * the provider has just closed would be lost without our knowing whether it was acted upon.
 */
function createAgents(
  settings: Settings,
  unsent: WeakSet<object>,
  guard: AddressGuard | undefined,
): { reads: Agent; changes: Agent } {
  const lookup = guard && { lookup: guard.lookup }
  const open = buildConnector({ timeout: settings.connectTimeoutMs, allowH2: false, ...lookup })
  const connect: buildConnector.connector = (target, done) => {
    const fail = (error: Error) => {
      unsent.add(error)
      done(error, null)
    }
    const refusal = guard?.refusalOf(target.hostname)
    if (refusal) return fail(refusal)
    open(target, (...[error, socket]) => (error === null ? done(null, socket) : fail(error)))
  }
  const shared = {
    connect,
    allowH2: false,
    connections: 64,
    headersTimeout: settings.headersTimeoutMs,
    bodyTimeout: settings.bodyTimeoutMs,
  }
  return { reads: new Agent(shared), changes: new Agent({ ...shared, pipelining: 0 }) }
}

/** What had been heard when a call failed. */
interface Progress {
  status: number | null
  requestId: string | null
}

async function exchange(
  agent: Agent,
  request: UpstreamRequest,
  settings: Settings,
  progress: Progress,
): Promise<UpstreamResponse> {
  const url = new URL(request.url)
  const answer = await agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers: { 'user-agent': 'clustergate', ...request.headers, 'accept-encoding': 'identity' },
    body: request.body === undefined ? null : JSON.stringify(request.body),
  })
  const headers = flatten(answer.headers)
  progress.status = answer.statusCode
  progress.requestId = requestIdOf(headers)
  const text = await readText(answer.body, settings)
  return { status: answer.statusCode, headers, text }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    [value ?? ''].flat().join(', '),
  ])
  return Object.fromEntries(entries)
}

class SenderClosed extends Error {}
class TooLate extends Error {}
class AnswerTooLarge extends Error {}
class AnswerTooSlow extends Error {}

/** undici bounds each silence; a trickle that never ends is bounded here. Leaving the loop drops the connection. */
async function readText(body: AsyncIterable<Uint8Array>, settings: Settings): Promise<string> {
  const deadline = performance.now() + settings.bodyTimeoutMs
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > settings.maxBodyBytes) throw new AnswerTooLarge()
    if (performance.now() > deadline) throw new AnswerTooSlow()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function transportFailure(
  error: unknown,
  request: UpstreamRequest,
  progress: Progress,
  unsent: WeakSet<object>,
): ProviderFailure {
  const code = codeOf(error)
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_URL') {
    const message = 'The request could not be written: its address or a header is malformed.'
    return new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message })
  }
  if (error instanceof AddressRefused) {
    const { message } = error
    return new ProviderFailure({ kind: 'address-refused', applied: 'no', retryable: false, message })
  }
  const held = error instanceof SenderClosed || error instanceof TooLate
  const neverLeft = held || (error instanceof Error && unsent.has(error))
  return new ProviderFailure({
    kind: 'unavailable',
    // A read that was never answered has changed nothing all the same.
    applied: neverLeft || request.method === 'GET' ? 'no' : 'unknown',
    retryable: true,
    message: describe(error, code, neverLeft, new URL(request.url).host),
    httpStatus: progress.status ?? undefined,
    requestId: progress.requestId ?? undefined,
  })
}

function describe(error: unknown, code: string, neverLeft: boolean, host: string): string {
  if (error instanceof SenderClosed) return `The call to ${host} was not sent: the gateway is stopping.`
  if (error instanceof TooLate) return `The call to ${host} was not sent: its time had run out before.`
  if (neverLeft) return `${host} could not be reached (${code}).`
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return `${host} did not answer in time.`
  if (code === 'UND_ERR_BODY_TIMEOUT' || error instanceof AnswerTooSlow) {
    return `${host} did not finish its answer in time.`
  }
  if (error instanceof AnswerTooLarge) return `${host} sent an answer that is too large.`
  return `The connection to ${host} broke before a whole answer came (${code}).`
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'no code'
}

function targetOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null ? 'malformed' : parsed.origin + parsed.pathname
}
