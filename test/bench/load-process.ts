import autocannon from 'autocannon'
import { answerCalls } from './rpc.ts'
import { quantile } from './statistics.ts'

export interface Load {
  url: string
  method: 'GET' | 'POST'
  /** Asked for in turn by every connection. */
  paths: readonly string[]
  headers: Record<string, string>
  connections: number
  durationS: number
  /** A JSON body; `{n}` in it, and in every header, becomes a text that is never the same. */
  body?: string
}

export interface LoadResult {
  requests: number
  perSecond: number
  p50Ms: number
  p99Ms: number
}

let count = 0

/** Loads a server of this machine, for longer where it has not answered by then. @throws Error when an answer was not 2xx, or did not come */
async function run(load: Load): Promise<LoadResult> {
  for (let { durationS } = load; ; durationS *= 2) {
    const result = await runOnce({ ...load, durationS })
    if (Number.isFinite(result.perSecond)) return result
  }
}

async function runOnce(load: Load): Promise<LoadResult> {
  const { url, connections, durationS: duration } = load
  const latencies: number[] = []
  let startMs = 0
  let endMs = 0
  const running = autocannon({
    url,
    connections,
    duration,
    sampleInt: 50,
    requests: requestsOf(load),
  })
  running.on('response', (_client, _status, _bytes, durationMs) => {
    latencies.push(durationMs)
    endMs = performance.now()
    // From the first answer on: before it, connections are opened and requests are written.
    startMs ||= endMs
  })
  const { errors, non2xx } = await running
  if (errors > 0 || non2xx > 0) {
    throw new Error(`${errors} errors, ${non2xx} answers not 2xx; one more: ${await ask(marked(load))}`)
  }
  return {
    requests: latencies.length,
    perSecond: latencies.length / ((endMs - startMs) / 1000),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  }
}

/** Says what the server says. */
async function ask({ url, method, paths, headers, body }: Load): Promise<string> {
  const answer = await fetch(`${url}${paths[0]}`, { method, headers, ...(body && { body }) })
  return `${answer.status} ${await answer.text()}`
}

function requestsOf({ method, paths, headers, body }: Load) {
  return paths.map((path) => {
    const request = { method, path, headers, ...(body !== undefined && { body }) }
    return body === undefined ? request : { ...request, setupRequest: marked }
  })
}

/** The request with every `{n}` replaced. */
function marked<R extends Pick<Load, 'headers' | 'body'>>(request: R): R {
  const mark = `${process.pid}-${++count}`
  const headers = Object.entries(request.headers).map(([name, value]) => [name, value.replace('{n}', mark)])
  const body = request.body?.replace('{n}', mark)
  return { ...request, headers: Object.fromEntries(headers), ...(body !== undefined && { body }) }
}

const calls = { run }
export type LoadCalls = typeof calls
answerCalls(calls)
