import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricsText, RequestMetrics } from './http/app-deps.ts'
import type { CallEvent } from './providers/call.ts'
import type { CircuitReport } from './providers/manners.ts'
import type { StepEvent } from './reconcile/reconciler.ts'
import { RequestTimes } from './request-times.ts'
import { type SequencerState, sequencerStates } from './sequence/sequencer.ts'
import { readOldestWaiting, readQueues, readStateCounts } from './store/measures.ts'
import type { Store } from './store/store.ts'

export interface MetricsOptions {
  version: string
  store: Store
  circuits: () => readonly CircuitReport[]
  sequencer: () => SequencerState
  /** Watch memory, garbage collection and the event loop too, for as long as the process lives. */
  ofProcess: boolean
}

/**
 * What the process counts and times, for Prometheus. Labels have few values, all of them known beforehand or bounded by the
 * number of connections: no team, no cluster, no caller, no text of anybody's.
 */
export interface Metrics extends RequestMetrics {
  called(call: CallEvent): void
  stepped(step: StepEvent): void
}

const callBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
const commitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]
const groupBuckets = [1, 2, 4, 8, 16, 32, 64]

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  if (options.ofProcess) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 })
  measureCommits(registry, options.store)
  gaugeStore(registry, options.store)
  gaugeCircuits(registry, options.circuits)
  gaugeAuditLog(registry, options)
  tellVersion(registry, options.version)
  const requests = new RequestTimes()
  return {
    ...recorders(registry),
    request: (route, method, status, durationMs) =>
      requests.record(route ?? 'unmatched', method, status, durationMs),
    text: () => textOf(registry, requests),
  }
}

async function textOf(registry: Registry, requests: RequestTimes): Promise<MetricsText> {
  return { contentType: registry.contentType, text: requests.text() + (await registry.metrics()) }
}

function recorders(registry: Registry): Pick<Metrics, 'called' | 'stepped'> {
  const registers = [registry]
  const calls = new Histogram({
    name: 'clustergate_provider_call_duration_seconds',
    help: 'Calls to providers. The outcome is the class of the answered status, or none where no whole answer came.',
    labelNames: ['provider', 'operation', 'outcome'],
    buckets: callBuckets,
    registers,
  })
  const steps = new Counter({
    name: 'clustergate_reconciler_steps_total',
    help: 'Steps of the reconciler that were written down.',
    labelNames: ['step', 'outcome'],
    registers,
  })
  return {
    called: ({ provider = 'unknown', operation, status, failure, durationMs }) => {
      const outcome = status === null || failure !== null ? 'none' : classOf(status)
      calls.observe({ provider, operation, outcome }, durationMs / 1000)
    },
    stepped: ({ step, outcome }) => steps.inc({ step, outcome }),
  }
}

const classes = ['', '1xx', '2xx', '3xx', '4xx', '5xx']

function classOf(status: number): string {
  return classes[Math.trunc(status / 100)] ?? 'other'
}

function measureCommits(registry: Registry, store: Store): void {
  const registers = [registry]
  const durations = new Histogram({
    name: 'clustergate_store_commit_duration_seconds',
    help: 'Commits, from the beginning of their transaction until they are on disk.',
    buckets: commitBuckets,
    registers,
  })
  const groups = new Histogram({
    name: 'clustergate_store_commit_group_size',
    help: 'Changes that shared one commit.',
    buckets: groupBuckets,
    registers,
  })
  store.events.on('commit', (changes, durationMs) => {
    durations.observe(durationMs / 1000)
    groups.observe(changes)
  })
}

/** Read when they are asked for. */
function gaugeStore(registry: Registry, store: Store): void {
  const registers = [registry]
  new Gauge({
    name: 'clustergate_clusters',
    help: 'Clusters in the inventory.',
    labelNames: ['provider', 'state'],
    registers,
    async collect() {
      this.reset()
      for (const { total, ...labels } of await readStateCounts(store)) this.set(labels, total)
    },
  })
  new Gauge({
    name: 'clustergate_reconciler_queue',
    help: 'What the reconciler has before it: all that has a time, and what is due now.',
    labelNames: ['of', 'when'],
    registers,
    async collect() {
      for (const { of, scheduled, due } of await readQueues(store)) {
        this.set({ of, when: 'scheduled' }, scheduled)
        this.set({ of, when: 'due' }, due)
      }
    },
  })
}

function gaugeCircuits(registry: Registry, circuits: MetricsOptions['circuits']): void {
  new Gauge({
    name: 'clustergate_circuit',
    help: 'The circuit breaker of a connection: 1 for the state that it is in.',
    labelNames: ['connection', 'state'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { connectionId, state } of circuits()) {
        for (const each of ['closed', 'open', 'half-open']) {
          this.set({ connection: connectionId, state: each }, each === state ? 1 : 0)
        }
      }
    },
  })
}

function gaugeAuditLog(registry: Registry, { store, sequencer }: MetricsOptions): void {
  const registers = [registry]
  new Gauge({
    name: 'clustergate_audit_sequencer',
    help: 'What gives audit entries their places in the log: 1 for the state that it is in.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const each of sequencerStates) this.set({ state: each }, each === sequencer() ? 1 : 0)
    },
  })
  new Gauge({
    name: 'clustergate_audit_oldest_waiting_seconds',
    help: 'How long the oldest audit entry without a place in the log has waited for it; 0 where none waits.',
    registers,
    async collect() {
      this.set((await readOldestWaiting(store)) / 1000)
    },
  })
}

function tellVersion(registry: Registry, version: string): void {
  const build = new Gauge({
    name: 'clustergate_build_info',
    help: 'Which version this is.',
    labelNames: ['version'],
    registers: [registry],
  })
  build.set({ version }, 1)
}
