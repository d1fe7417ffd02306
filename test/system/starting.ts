import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Client } from './client.ts'
import { Process } from './process.ts'
import { temporaryFolder } from './serve.ts'

/** A data folder whose name a shell would take apart. */
export function dataFolder(): Disposable & { path: string } {
  const folder = temporaryFolder()
  const path = join(folder.path, "a newcomer's data")
  mkdirSync(path)
  return { path, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

/** `clustergate start`, running, and a caller with the key that it left in its folder. */
export class Started implements AsyncDisposable {
  readonly process: Process
  readonly client: Client

  private constructor(process: Process, client: Client) {
    this.process = process
    this.client = client
  }

  static async in(dataDir: string, env: Record<string, string> = {}): Promise<Started> {
    const process = new Process(['start'], startEnvironment(dataDir, env))
    try {
      const [, url = ''] = await process.printed(/clustergate is ready on (\S+)[\s\S]*next start\.\n/)
      const key = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim()
      return new Started(process, new Client(url, key))
    } catch (error) {
      await process[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The printed commands, in their order. */
  get curls(): string[] {
    return this.process.stdout.split('\n').filter((line) => line.trim().startsWith('curl '))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]()
  }
}

/** What a command answers when a shell runs it. */
export function runInShell(command: string): JsonObject {
  return JSON.parse(execFileSync('sh', ['-c', command], { encoding: 'utf8' }))
}

/** Nothing but where things are, and to look at clusters more often than a person would need. */
export function startEnvironment(dataDir: string, env: Record<string, string> = {}): Record<string, string> {
  return { PORT: '0', CLUSTERGATE_DATA_DIR: dataDir, CLUSTERGATE_POLL_INITIAL_MS: '200', ...env }
}
