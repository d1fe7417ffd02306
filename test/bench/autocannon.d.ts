/** The part of autocannon that the benchmarks use; it ships no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Request {
    method: string
    path: string
    headers: Record<string, string>
    body?: string
  }

  interface Options {
    url: string
    connections: number
    /** In seconds. */
    duration: number
    /** Milliseconds between two samples; a run ends at one. */
    sampleInt?: number
    /** Sent in turn. `setupRequest` makes each anew. */
    requests: (Request & { setupRequest?: (request: Request) => Request })[]
  }

  interface Result {
    errors: number
    timeouts: number
    non2xx: number
  }

  interface Run
    extends EventEmitter<{
      response: [client: object, statusCode: number, bytes: number, durationMs: number]
    }> {
    then(done: (result: Result) => void, failed: (error: unknown) => void): void
  }

  export default function autocannon(options: Options): Run
}
