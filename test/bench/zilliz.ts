import { serveEmulator } from '../../src/sandbox/server.ts'
import { createZillizSandbox, type ZillizSandbox } from '../../src/sandbox/zilliz/sandbox.ts'

export interface Zilliz extends AsyncDisposable {
  url: string
  projectId: string
  sandbox: ZillizSandbox
}

export interface ZillizOptions {
  /** Told of every call as it is answered. */
  hear?: (request: Request, status: number) => void
  /** Told of every call as it arrives. */
  meet?: (request: Request) => void
  /** With the provider's own limit of requests. */
  limited?: boolean
}

/** An emulated provider whose clusters are ready at once. */
export async function startZilliz({ hear, meet, limited = false }: ZillizOptions = {}): Promise<Zilliz> {
  const sandbox = createZillizSandbox({
    ...(!limited && { rateLimit: false }),
    provisioningMs: 0,
    quotas: { serverlessPerProject: 1_000_000 },
  })
  const emulator = {
    fetch: async (request: Request) => {
      meet?.(request)
      const answer = await sandbox.fetch(request)
      hear?.(request, answer.status)
      return answer
    },
  }
  const server = await serveEmulator(emulator, { port: 0 })
  const projectId = sandbox.projects()[0]?.projectId ?? ''
  return { url: server.url, projectId, sandbox, [Symbol.asyncDispose]: server.close }
}
