import { Hono } from 'hono'
import { type SandboxClock, SpeedClock } from '../clock.ts'
import { FaultBook } from '../faults.ts'
import { type Random, systemRandom } from '../random.ts'
import { RequestLog } from '../request-log.ts'
import type { Emulator } from '../server.ts'
import { readStateFile } from '../state-file.ts'
import { type FireworksAccountOptions, makeAccount } from './accounts.ts'
import { fireworksApi, fireworksOperations } from './api.ts'
import {
  addCluster,
  type ClusterChange,
  type ClusterToAdd,
  changeCluster,
  rawRow,
  removeCluster,
} from './backdoor.ts'
import { type FireworksBackdoor, fireworksControls } from './controls.ts'
import { type FireworksMode, modeSchema } from './mode.ts'
import { RateLimit } from './rate-limit.ts'
import { type StoredState, storedStateSchema } from './records.ts'
import { FireworksWorld } from './world.ts'

export const FIREWORKS_SANDBOX_KEY = 'fireworks-sandbox-key'

export interface FireworksSandboxOptions {
  /** Opens the main account, and those of `accounts` that have no key of their own. Default `fireworks-sandbox-key`. */
  apiKey?: string
  /** The main account. Default `sandbox`. */
  accountId?: string
  accounts?: readonly FireworksAccountOptions[]
  /** Default: a `SpeedClock` at speed 1. */
  clock?: SandboxClock
  /** Where clusters and the audit log outlive the process; memory only when left out. */
  stateFile?: string
  /** For ids, endpoints and request ids. Default: the operating system's. */
  random?: Random
  /** Sandbox milliseconds from a create to READY. Default 20 s. */
  provisioningMs?: number
  /** Sandbox milliseconds from a delete to 404. Default 10 s. */
  deletingMs?: number
  mode?: Partial<FireworksMode>
  /** How a latency fault waits. Default: real time. */
  delay?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The emulated provider, and its back door as plain calls. A cluster's id there is its `clusterId` or resource name. */
export interface FireworksSandbox extends Emulator, FireworksBackdoor {
  apiKey: string
  accountId: string
  addCluster(input: ClusterToAdd): object
  changeCluster(id: string, change: ClusterChange): object | null
}

/** Fireworks' control plane, kept in memory. Its back door is under `/_sandbox`. @throws z.ZodError when the state file is not ours */
export function createFireworksSandbox(options: FireworksSandboxOptions = {}): FireworksSandbox {
  const { apiKey = FIREWORKS_SANDBOX_KEY, accountId = 'sandbox', delay } = options
  const stored = options.stateFile === undefined ? null : loadState(options.stateFile)
  const clock = options.clock ?? new SpeedClock()
  if (stored && clock instanceof SpeedClock) clock.advance(Math.max(0, stored.time - clock.now()))
  const accounts = [{ accountId }, ...(options.accounts ?? [])].map((account) => makeAccount(account, apiKey))
  const world = new FireworksWorld(
    {
      clock,
      random: options.random ?? systemRandom,
      faults: new FaultBook(),
      mode: modeSchema.parse(options.mode ?? {}),
      accounts,
      provisioningMs: options.provisioningMs ?? 20_000,
      deletingMs: options.deletingMs ?? 10_000,
      stateFile: options.stateFile ?? null,
    },
    stored,
  )
  const rateLimit = new RateLimit()
  const requests = new RequestLog()
  const backdoor = backdoorOf(world, requests, rateLimit)
  const app = new Hono()
  app.onError((error) => {
    throw error
  })
  app.route('/_sandbox', fireworksControls(backdoor))
  app.route('/', fireworksApi({ world, requests, rateLimit, ...(delay ? { delay } : {}) }))
  return {
    ...backdoor,
    apiKey,
    accountId,
    fetch: async (request) => app.fetch(request),
  }
}

function backdoorOf(world: FireworksWorld, requests: RequestLog, rateLimit: RateLimit): FireworksBackdoor {
  const { faults, clock, mode } = world.settings
  return {
    provider: 'fireworks',
    operations: fireworksOperations.map((operation) => operation.name),
    faults,
    clock,
    mode,
    requests,
    clusters: () => world.clusters().map((cluster) => rawRow(world, cluster)),
    addCluster: (input) => addCluster(world, input),
    changeCluster: (id, input) => changeCluster(world, id, input),
    removeCluster: (id) => removeCluster(world, id),
    suspend: (id, state) => world.suspend(id, state),
    reset: () => {
      world.reset()
      faults.clear()
      requests.clear()
      rateLimit.clear()
    },
  }
}

function loadState(path: string): StoredState | null {
  const state = readStateFile(path)
  return state === null ? null : storedStateSchema.parse(state)
}
