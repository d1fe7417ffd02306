import { inspect } from 'node:util'
import { expect } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { Account, Adapter, Observed, Wanted } from '../../src/cluster/provider.ts'
import { createSend, type Sender } from '../../src/providers/call.ts'
import type { SandboxClock } from '../../src/sandbox/clock.ts'
import type { FaultRuleInput } from '../../src/sandbox/faults.ts'
import { type Emulator, type EmulatorServer, serveEmulator } from '../../src/sandbox/server.ts'
import type { Candidate, Sandbox } from './candidate.ts'

/** Has characters that an address, a form or a search expression would write in another way. */
export const apiKey = 'conformance/key+0123456789=abcdef~END'

/** Moves only when told. */
class ManualClock implements SandboxClock {
  #now = Date.UTC(2026, 2, 1, 12)
  now = () => this.#now
  pass(ms: number): void {
    this.#now += ms
  }
}

export interface BenchOptions {
  /** Gives up on an answer soon; for the faults that never give one. */
  impatient?: boolean
  /** Stands between the adapter and the sandbox. */
  wrap?: (emulator: Emulator) => Emulator
}

/** A candidate's sandbox on a port of its own, and an account there that its adapter reaches over HTTP. */
export class Bench implements AsyncDisposable {
  readonly candidate: Candidate
  readonly adapter: Adapter
  readonly wanted: Wanted
  readonly clock: ManualClock
  readonly sandbox: Sandbox
  readonly server: EmulatorServer
  /** Waits as long as it takes: for whatever is not the call under test. */
  readonly account: Account
  /** For the call under test. */
  readonly tested: Account
  readonly #senders: readonly Sender[]

  private constructor(
    candidate: Candidate,
    parts: { clock: ManualClock; sandbox: Sandbox; server: EmulatorServer; impatient: boolean },
  ) {
    this.candidate = candidate
    this.adapter = candidate.adapter
    this.wanted = candidate.wanted
    this.clock = parts.clock
    this.sandbox = parts.sandbox
    this.server = parts.server
    const patient = createSend({ headersTimeoutMs: 30_000 })
    const tested = parts.impatient ? createSend({ headersTimeoutMs: 300 }) : patient
    this.#senders = [patient, tested]
    const settings = settingsAt(candidate, parts.server.url)
    this.account = { settings, apiKey, send: patient.send }
    this.tested = { ...this.account, send: tested.send }
  }

  static async open(candidate: Candidate, options: BenchOptions = {}): Promise<Bench> {
    const { impatient = false, wrap = (emulator) => emulator } = options
    const clock = new ManualClock()
    const sandbox = candidate.openSandbox({ clock, apiKey })
    const server = await serveEmulator(wrap(sandbox), { port: 0 })
    return new Bench(candidate, { clock, sandbox, server, impatient })
  }

  /** Puts a fault in the way of the next call, or of those that `rule` says. */
  break(rule: FaultRuleInput): void {
    const { operation } = rule
    if (operation !== '*') expect(this.sandbox.operations).toContain(operation)
    this.sandbox.faults.add(rule)
  }

  /** Everything that there is upstream; time stands still, so that only calls change it. */
  world(): string {
    return JSON.stringify(this.sandbox.clusters())
  }

  /** How many calls came that ask for a change. */
  changingCalls(): number {
    return this.sandbox.requests.list().filter(({ method }) => method !== 'GET').length
  }

  /** Lets everything that is under way upstream come to its end. */
  settle(): void {
    this.clock.pass(this.adapter.limits.createTimeoutMs)
  }

  async observe(externalId: string): Promise<Observed> {
    const observed = await this.adapter.observe(this.account, externalId)
    return observed ?? expect.unreachable(`the cluster ${externalId} is there`)
  }

  /** A cluster as wanted, READY. */
  async ready(): Promise<Observed> {
    const { externalId } = await this.adapter.create(this.account, this.wanted)
    this.settle()
    const observed = await this.observe(externalId)
    expect(observed.state).toBe('READY')
    return observed
  }

  /** Every cluster of every page; fails as any page does. */
  async listAll(account: Account = this.account): Promise<Observed[]> {
    const clusters: Observed[] = []
    let page: string | null = null
    do {
      const read = await this.adapter.list(account, page)
      clusters.push(...read.clusters)
      page = read.nextPage
    } while (page !== null)
    return clusters
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.close(0)))
    await this.server.close()
  }
}

export function settingsAt({ adapter, settings }: Candidate, baseUrl: string): JsonObject {
  return adapter.settingsSchema.parse({ ...settings, baseUrl })
}

/** The failure that comes of it, which must be a `ProviderFailure` and hold no key. */
export async function failureOf(attempt: Promise<unknown>): Promise<ProviderFailure> {
  const outcome = await outcomeOf(attempt)
  return outcome instanceof ProviderFailure ? outcome : expect.unreachable('there is a failure')
}

/** What comes of it: an answer or a failure. */
export async function outcomeOf<T>(attempt: Promise<T>): Promise<T | ProviderFailure> {
  try {
    return await attempt
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    expectNoSecret(error, [apiKey])
    return error
  }
}

/** In whatever way a logger might write it. */
export function expectNoSecret(failure: ProviderFailure, secrets: readonly string[]): void {
  const written = [
    failure.message,
    failure.stack ?? '',
    JSON.stringify(failure),
    inspect(failure, { depth: 10, showHidden: true }),
  ].join('\n')
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      expect(written).not.toContain(form)
    }
  }
}

/** Without what differs from answer to answer about the same thing. */
export function facts<T>(answer: T): T {
  const text = JSON.stringify(answer, (key, value) =>
    key === 'requestId' || key === 'providerTime' ? null : value,
  )
  return text === undefined ? answer : JSON.parse(text)
}
