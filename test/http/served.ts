import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { AppDeps } from '../../src/http/app-deps.ts'
import { type Harness, openHarness } from './harness.ts'

export interface Served extends AsyncDisposable {
  harness: Harness
  port: number
}

/** The app behind a real socket. */
export async function serve(overrides: Partial<AppDeps> = {}): Promise<Served> {
  const harness = await openHarness(overrides)
  const server = createAdaptorServer({ fetch: harness.app.fetch }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    harness,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await harness[Symbol.asyncDispose]()
    },
  }
}
