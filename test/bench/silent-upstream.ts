import { once } from 'node:events'
import { createServer } from 'node:http'

/** A provider that takes every call and answers none: what waits for it, waits. */
export async function startSilentUpstream(): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(() => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
