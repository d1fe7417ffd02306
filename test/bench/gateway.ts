import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startOf } from '../start-of.ts'
import { Child } from './child.ts'
import type { Probe } from './probe.ts'
import type { World } from './world.ts'

const main = join(import.meta.dirname, '../../src/main.ts')
const probe = join(import.meta.dirname, 'probe.ts')

/** Node as `npm run clustergate` starts it. */
const asInstalled = startOf('clustergate')

export interface Gateway extends AsyncDisposable {
  url: string
  process: Child<Probe>
}

/** Starts `clustergate serve` as anybody would, on a free port, with its log in a file. */
export async function startGateway(
  world: World,
  settings: Record<string, string> = {},
  preloads: readonly string[] = [],
): Promise<Gateway> {
  const logFile = join(world.folder, 'gateway.log')
  const output = openSync(logFile, 'w')
  const process = new Child<Probe>(main, {
    args: ['serve'],
    execArgv: [
      '--expose-gc',
      ...asInstalled.options,
      ...[probe, ...preloads].flatMap((file) => ['--import', file]),
      ...profiling(),
    ],
    env: {
      PATH: globalThis.process.env.PATH,
      ...asInstalled.env,
      BENCH_PROBE: 'preloaded',
      PORT: '0',
      DATABASE_URL: world.databaseUrl,
      CLUSTERGATE_DATA_DIR: world.folder,
      CLUSTERGATE_MASTER_KEY: world.masterKey,
      CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS: 'true',
      ...settings,
    },
    output,
  })
  closeSync(output)
  const url = await listening(logFile, process)
  return { url, process, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
}

/** `BENCH_PROFILE=folder` leaves a CPU profile of every gateway there. */
function profiling(): string[] {
  const folder = process.env.BENCH_PROFILE
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : []
}

/** Its address. @throws Error with what it printed, when it ends instead */
async function listening(logFile: string, gateway: Child<Probe>): Promise<string> {
  for (;;) {
    const log = readFileSync(logFile, 'utf8')
    const [, url] = /"url":"([^"]+)".*is listening/.exec(log) ?? []
    if (url !== undefined) return url
    await setTimeout(20)
    await gateway.call('usage').catch((error: unknown) => {
      throw new Error(readFileSync(logFile, 'utf8'), { cause: error })
    })
  }
}
