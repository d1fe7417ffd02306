import { serveEmulator } from '../../src/sandbox/server.ts'
import { createZillizSandbox, type ZillizSandbox } from '../../src/sandbox/zilliz/sandbox.ts'

export interface Zilliz extends AsyncDisposable {
  url: string
  projectId: string
  sandbox: ZillizSandbox
}

/** An emulated provider without limits whose clusters are ready at once. `hear` is told of every call as it arrives. */
export async function startZilliz(hear: (request: Request) => void = () => {}): Promise<Zilliz> {
  const sandbox = createZillizSandbox({
    rateLimit: false,
    provisioningMs: 0,
    quotas: { serverlessPerProject: 1_000_000 },
  })
  const emulator = {
    fetch: (request: Request) => {
      hear(request)
      return sandbox.fetch(request)
    },
  }
  const server = await serveEmulator(emulator, { port: 0 })
  const projectId = sandbox.projects()[0]?.projectId ?? ''
  return { url: server.url, projectId, sandbox, [Symbol.asyncDispose]: server.close }
}
