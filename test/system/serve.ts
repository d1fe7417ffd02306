import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from './client.ts'
import { Process } from './process.ts'

/** A folder that goes when the test ends. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'clustergate-system-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** `clustergate serve` on a database of its own, quick to look again; it may be stopped, killed and started anew. */
export class Serving implements AsyncDisposable {
  readonly folder = temporaryFolder()
  readonly env: Record<string, string>
  readonly adminKey = `admin-${randomBytes(16).toString('hex')}`
  readonly masterKey = randomBytes(32).toString('base64')
  /** Of every process so far. */
  readonly processes: Process[] = []
  /** Of the admin, one for every process. */
  readonly clients: Client[] = []

  private constructor(env: Record<string, string>) {
    this.env = {
      PORT: '0',
      DATABASE_URL: `file:${this.databaseFile}`,
      CLUSTERGATE_MASTER_KEY: this.masterKey,
      CLUSTERGATE_ADMIN_KEY: this.adminKey,
      CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS: 'true',
      CLUSTERGATE_POLL_INITIAL_MS: '20',
      CLUSTERGATE_POLL_MAX_MS: '200',
      ...env,
    }
  }

  static async start(env: Record<string, string> = {}): Promise<Serving> {
    const serving = new Serving(env)
    try {
      await serving.startAgain()
      return serving
    } catch (error) {
      await serving[Symbol.asyncDispose]()
      throw error
    }
  }

  get databaseFile(): string {
    return join(this.folder.path, 'gateway.db')
  }

  get process(): Process {
    return latest(this.processes)
  }

  get client(): Client {
    return latest(this.clients)
  }

  /** What all the processes have printed. */
  get output(): string {
    return this.processes.map(({ stdout, stderr }) => stdout + stderr).join('')
  }

  async startAgain(): Promise<void> {
    const process = new Process(['serve'], this.env)
    this.processes.push(process)
    const [, url = ''] = await process.printed(/"url":"(http:[^"]+)"/)
    this.clients.push(new Client(url, this.adminKey))
    while ((await fetch(`${url}/readyz`)).status !== 200);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.processes) await process[Symbol.asyncDispose]()
    this.folder[Symbol.dispose]()
  }
}

function latest<T>(all: readonly T[]): T {
  const last = all.at(-1)
  if (last === undefined) throw new Error('nothing was started')
  return last
}
