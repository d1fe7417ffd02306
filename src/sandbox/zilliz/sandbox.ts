import { Hono } from 'hono'
import { type SandboxClock, SpeedClock } from '../clock.ts'
import { controlRoutes, type SandboxBackdoor } from '../control.ts'
import { FaultBook } from '../faults.ts'
import { type Random, systemRandom } from '../random.ts'
import { RequestLog } from '../request-log.ts'
import type { Emulator } from '../server.ts'
import { readStateFile } from '../state-file.ts'
import { zillizApi, zillizOperations } from './api.ts'
import {
  addCluster,
  type ClusterChange,
  type ClusterToAdd,
  changeCluster,
  removeCluster,
} from './backdoor.ts'
import {
  DEFAULT_DURATIONS,
  DEFAULT_MODE,
  DEFAULT_QUOTAS,
  type ZillizDurations,
  type ZillizMode,
  type ZillizQuotas,
} from './mode.ts'
import { RateLimit, type RateLimitOptions } from './rate-limit.ts'
import { type ProjectRecord, type StoredState, storedStateSchema } from './records.ts'
import { type RawCluster, rawRow } from './rows.ts'
import { type WorldSettings, ZillizWorld } from './world.ts'

export const ZILLIZ_SANDBOX_KEY = 'zilliz-sandbox-key'

export interface ZillizSandboxOptions {
  /** The only key that is accepted. Default `zilliz-sandbox-key`. */
  apiKey?: string
  /** Default: a `SpeedClock` at speed 1. */
  clock?: SandboxClock
  /** Where clusters and projects outlive the process; memory only when left out. */
  stateFile?: string
  /** For ids, passwords and request ids. Default: the operating system's. */
  random?: Random
  /** Sandbox milliseconds: a number for every step, or by kind. Default 20 s to create, 10 s for anything else. */
  provisioningMs?: number | Partial<ZillizDurations>
  mode?: Partial<ZillizMode>
  quotas?: Partial<ZillizQuotas>
  /** Default 20 a second for each route; false switches it off. */
  rateLimit?: RateLimitOptions | false
  /** How a latency fault waits. Default: real time. */
  delay?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The emulated provider, and its back door as plain calls. */
export interface ZillizSandbox extends Emulator, SandboxBackdoor {
  apiKey: string
  /** Newest first. */
  projects(): readonly ProjectRecord[]
  /** Every cluster that exists or existed, newest first. */
  clusters(): RawCluster[]
  addCluster(input: ClusterToAdd): RawCluster
  changeCluster(id: string, change: ClusterChange): RawCluster | null
}

/** Zilliz Cloud's control plane, kept in memory. @throws z.ZodError when the state file is not one of this sandbox */
export function createZillizSandbox(options: ZillizSandboxOptions = {}): ZillizSandbox {
  const apiKey = options.apiKey ?? ZILLIZ_SANDBOX_KEY
  const stored = options.stateFile === undefined ? null : loadState(options.stateFile)
  const clock = options.clock ?? new SpeedClock()
  // A clock that ran fast is ahead of one that has just started.
  if (stored && clock instanceof SpeedClock) clock.advance(Math.max(0, stored.time - clock.now()))
  const faults = new FaultBook()
  const requests = new RequestLog()
  const world = new ZillizWorld(worldSettings(options, clock, faults), stored)
  const rateLimit = options.rateLimit === false ? null : new RateLimit(options.rateLimit)
  const sandbox: Omit<ZillizSandbox, 'fetch'> = {
    apiKey,
    provider: 'zilliz',
    operations: zillizOperations.map((operation) => operation.name),
    faults,
    clock,
    requests,
    projects: () => world.projects(),
    clusters: () => world.clusters().map(rawRow),
    addCluster: (input) => addCluster(world, input),
    changeCluster: (id, input) => changeCluster(world, id, input),
    removeCluster: (id) => removeCluster(world, id),
    reset: () => {
      world.reset()
      faults.clear()
      requests.clear()
      rateLimit?.clear()
    },
  }
  const api = zillizApi({
    world,
    apiKey,
    requests,
    rateLimit,
    ...(options.delay ? { delay: options.delay } : {}),
  })
  const app = withControl(api, sandbox)
  return { ...sandbox, fetch: async (request) => app.fetch(request) }
}

function withControl(api: Hono, backdoor: SandboxBackdoor): Hono {
  const app = new Hono()
  app.onError((error) => {
    throw error
  })
  app.route('/_sandbox', controlRoutes(backdoor))
  app.route('/', api)
  return app
}

function worldSettings(options: ZillizSandboxOptions, clock: SandboxClock, faults: FaultBook): WorldSettings {
  const { provisioningMs = {}, random = systemRandom, stateFile = null } = options
  const durations =
    typeof provisioningMs === 'number'
      ? { createMs: provisioningMs, changeMs: provisioningMs }
      : provisioningMs
  return {
    clock,
    random,
    faults,
    stateFile,
    mode: { ...DEFAULT_MODE, ...options.mode },
    quotas: { ...DEFAULT_QUOTAS, ...options.quotas },
    durations: { ...DEFAULT_DURATIONS, ...durations },
  }
}

function loadState(path: string): StoredState | null {
  const state = readStateFile(path)
  return state === null ? null : storedStateSchema.parse(state)
}
