import { STATUS_CODES } from 'node:http'
import { type Fault, type FaultOf, isEnding } from './faults.ts'
import { ConnectionDropped } from './server.ts'

/** One call about to be answered. */
export interface FaultedCall {
  /** Aborted when the client goes away. */
  signal: AbortSignal
  /** Does the work and words the reply; called at most once. */
  commit: () => Promise<Response> | Response
  /** Words an error in the provider's own envelope. */
  errorReply: (fault: FaultOf<'error'>) => Response
  /** Words the provider's not-found. */
  notFoundReply: () => Response
  /** Waits real time; injectable so that tests need not. */
  delay?: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * Answers a call as its faults will have it: delays first, then at most one ending. Kinds that concern the
 * cluster rather than the call (`stuck`, `state`, `shiftPages`, `fail`) are left to `commit`.
 * @throws ConnectionDropped when there is to be no reply
 */
export async function answerUnder(faults: readonly Fault[], call: FaultedCall): Promise<Response> {
  const delay = call.delay ?? delayUntilGone
  for (const fault of faults) if (fault.kind === 'latency') await delay(fault.ms, call.signal)
  const ending = faults.find(isEnding)
  return ending ? end(ending, call) : call.commit()
}

async function end(fault: Fault, call: FaultedCall): Promise<Response> {
  switch (fault.kind) {
    case 'status':
    case 'html':
      if (fault.committed) await call.commit()
      return fault.kind === 'html' ? htmlReply(fault.status ?? 502) : statusReply(fault)
    case 'error':
      return call.errorReply(fault)
    case 'notFoundOnce':
      return call.notFoundReply()
    case 'dropBefore':
      throw new ConnectionDropped()
    case 'dropAfter':
      await call.commit()
      throw new ConnectionDropped()
    case 'hang':
      return hang(call.signal)
    case 'hangAfter':
      await call.commit()
      return hang(call.signal)
    case 'truncate':
      return halve(await call.commit())
    default:
      return call.commit()
  }
}

function statusReply(fault: FaultOf<'status'>): Response {
  const headers = new Headers(fault.headers)
  const hasBody = ![204, 205, 304].includes(fault.status)
  if (hasBody) headers.set('content-type', fault.contentType ?? 'text/plain; charset=utf-8')
  return new Response(hasBody ? (fault.body ?? '') : null, { status: fault.status, headers })
}

function htmlReply(status: number): Response {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`
  const page = `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n</body>\n</html>\n`
  return new Response(page, { status, headers: { 'content-type': 'text/html' } })
}

async function halve(response: Response): Promise<Response> {
  const text = await response.text()
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return new Response(text.slice(0, Math.floor(text.length / 2)), { status: response.status, headers })
}

async function hang(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  throw new ConnectionDropped()
}

function delayUntilGone(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => {
      clearTimeout(timer)
      reject(new ConnectionDropped())
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', gone)
      resolve()
    }, ms)
    if (signal.aborted) gone()
    else signal.addEventListener('abort', gone, { once: true })
  })
}
