import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '../../../src/cluster/json.ts'

/** A request as it came in. */
export interface Arrived {
  method: string
  /** As on the wire, with its query. */
  target: string
  url: URL
  headers: IncomingHttpHeaders
  /** The body, verbatim. */
  text: string
  json: JsonObject
}

/** What goes out; a body that is no string goes as JSON. */
export interface Reply {
  status?: number
  headers?: Record<string, string>
  body: unknown
}

/** Stands between a request and its answer: may change it, put it off, or do without. Null drops the connection. */
export type Interceptor = (request: Arrived, answer: () => Reply) => Reply | null | Promise<Reply | null>

/** An HTTP server that plays a provider. It keeps every request, and drops what is under way when it ends. */
export abstract class FakeProvider implements AsyncDisposable {
  readonly requests: Arrived[] = []
  intercept: Interceptor = (_request, answer) => answer()
  readonly #arrivals = new EventEmitter()
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  /** What the provider says to a request, at once. */
  protected abstract answer(request: Arrived): Reply

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Those that are no mere reading, as `METHOD /target`. */
  get changes(): Arrived[] {
    return this.requests.filter(({ method }) => method !== 'GET')
  }

  /** The first request that fits, be it yet to come. */
  async arrival(fits: (request: Arrived) => boolean): Promise<Arrived> {
    for (;;) {
      const found = this.requests.find(fits)
      if (found) return found
      await once(this.#arrivals, 'request')
    }
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await read(incoming)
    this.requests.push(request)
    this.#arrivals.emit('request')
    const reply = await this.intercept(request, () => this.answer(request))
    if (reply === null) {
      incoming.socket.destroy()
      return
    }
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
    response.end(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

async function read(incoming: IncomingMessage): Promise<Arrived> {
  const { method = '', url: target = '', headers } = incoming
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const url = new URL(target, 'http://upstream')
  return { method, target, url, headers, text, json: text === '' ? {} : JSON.parse(text) }
}
