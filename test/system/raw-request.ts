import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Client, Sent } from './client.ts'

/** One request written by hand over a connection that its caller would keep, of which the body may come later. */
export class RawRequest implements Disposable {
  received = ''
  readonly #socket: Socket
  readonly #body: string

  private constructor(socket: Socket, body: string) {
    this.#socket = socket
    this.#body = body
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.received += text
    })
  }

  /** Sends all but the body. Resolves when the server has it, which it says by asking for more. */
  static async begin({ url, key }: Client, line: string, sent: Sent): Promise<RawRequest> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const text = sent.body === undefined ? '' : JSON.stringify(sent.body)
    const request = new RawRequest(socket, text)
    const head = [
      `${line} HTTP/1.1`,
      'Host: gateway',
      `Authorization: Bearer ${key}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Expect: 100-continue',
      ...Object.entries(sent.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    while (!request.received.includes('100 Continue')) await once(socket, 'data')
    return request
  }

  sendBody(): void {
    this.#socket.write(this.#body)
  }

  /** The answer, once the server has closed the connection. */
  async answer(): Promise<string> {
    if (!this.#socket.closed) await once(this.#socket, 'close')
    return this.received.replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '')
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
