import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'

/** A provider's API, without the network. */
export interface Emulator {
  /** @throws ConnectionDropped when the caller is to get no reply at all */
  fetch(request: Request): Promise<Response>
}

/** The connection ends here, without an answer. */
export class ConnectionDropped extends Error {
  override readonly name = 'ConnectionDropped'

  constructor() {
    super('The connection was dropped.')
  }
}

export interface EmulatorServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`, without a slash at the end. */
  url: string
  port: number
  /** Stops listening and cuts every open connection. */
  close(): Promise<void>
}

/** Puts an emulator on a real port; `port: 0` picks a free one. Reachable from this machine only unless `host` says otherwise. */
export async function serveEmulator(
  emulator: Emulator,
  options: { port: number; host?: string },
): Promise<EmulatorServer> {
  const host = options.host ?? '127.0.0.1'
  const listener = getRequestListener(
    (request, { incoming }) => answerOrDrop(emulator, request, incoming as IncomingMessage),
    { overrideGlobalObjects: false },
  )
  const server = createServer(listener)
  server.listen(options.port, host)
  await once(server, 'listening')
  const port = portOf(server)
  const close = () => closeServer(server)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function answerOrDrop(
  emulator: Emulator,
  request: Request,
  incoming: IncomingMessage,
): Promise<Response> {
  try {
    return await emulator.fetch(request)
  } catch (error) {
    if (!(error instanceof ConnectionDropped)) throw error
    incoming.socket.destroy()
    return RESPONSE_ALREADY_SENT
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP port.')
  return address.port
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
