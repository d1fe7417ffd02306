import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Json } from '../../src/cluster/json.ts'

/** One call as it arrived. */
export interface Arrived {
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: Json | undefined
  /** Tells connections apart. */
  remotePort: number
}

/** What to answer: JSON, a text, or a way of not answering. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; json: Json }
  | { status?: number; headers?: Record<string, string>; text: string }
  | { fault: 'drop' | 'hang' | 'truncate' | 'stall' }

export interface Upstream extends AsyncDisposable {
  baseUrl: string
  arrived: Arrived[]
}

/** A real HTTP server on a free port of the loopback that answers as its script says. */
export async function startUpstream(script: (call: Arrived) => Answer): Promise<Upstream> {
  const arrived: Arrived[] = []
  const server = createServer(async (request, response) => {
    const call = await toArrived(request)
    arrived.push(call)
    give(script(call), response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    arrived,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function toArrived(request: IncomingMessage): Promise<Arrived> {
  const url = new URL(request.url ?? '/', 'http://upstream')
  const body = await text(request)
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')])
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers),
    body: body === '' ? undefined : JSON.parse(body),
    remotePort: request.socket.remotePort ?? 0,
  }
}

function give(answer: Answer, response: ServerResponse): void {
  if (!('fault' in answer)) {
    const { status = 200, headers = {} } = answer
    const isJson = 'json' in answer
    const type = { 'content-type': isJson ? 'application/json' : 'text/html' }
    response
      .writeHead(status, { ...type, ...headers })
      .end(isJson ? JSON.stringify(answer.json) : answer.text)
  } else if (answer.fault === 'drop') {
    response.destroy()
  } else if (answer.fault === 'truncate') {
    response.writeHead(200, { 'content-length': '1000', requestid: 'cut-short' })
    response.write('{"code":0,"da', () => response.destroy())
  } else if (answer.fault === 'stall') {
    response.writeHead(200).write('{"code":0,"da')
  }
}
