import { Problem } from '../../src/cluster/problem.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { releaseLeases } from '../../src/store/claims.ts'
import { apiKeyPlace, fingerprintOf } from '../../src/store/connection-rows.ts'
import { createConnection, requestVisit } from '../../src/store/connections.ts'
import { nextDueTime } from '../../src/store/due.ts'
import type { Store } from '../../src/store/store.ts'
import { Chaos } from './chaos.ts'
import { GatewayProcess } from './gateway-process.ts'
import { violationsIn } from './invariants.ts'
import { empty, type Laboratory } from './laboratory.ts'
import { plainVault } from './plain-vault.ts'
import type { Plan } from './plan.ts'
import type { EmulatedProvider } from './providers.ts'
import { Pulse } from './pulse.ts'
import { allClusters } from './rows.ts'
import { SeededRandom } from './seeded-random.ts'
import { Timeline } from './timeline.ts'
import { Upstream } from './upstream.ts'
import { User } from './user.ts'
import { CallWitness } from './witness.ts'

const startTime = Date.UTC(2026, 0, 1)
const minute = 60_000
const hour = 60 * minute

export interface Outcome {
  violations: string[]
  /** Everything that happened, in order. The same seed gives the same story. */
  story: string[]
}

/** One run: a plan, its chaos, the calm after it, and what is true then. */
export class Simulation {
  readonly plan: Plan
  readonly timeline = new Timeline(startTime)
  readonly story: string[] = []
  readonly provider: EmulatedProvider
  readonly processes: GatewayProcess[] = []
  readonly upstream: Upstream
  readonly witness: CallWitness
  readonly #laboratory: Laboratory
  readonly #seed: number
  readonly #pulse = new Pulse()
  readonly #doors: SeededRandom
  readonly #chaos: Chaos
  #store: Store
  #births = 0
  #due = { beats: -1, time: null as number | null }
  #chaotic = true
  /** What went wrong that no caller could have caused. */
  readonly #faults: string[] = []

  private constructor(laboratory: Laboratory, seed: number, plan: Plan) {
    this.#laboratory = laboratory
    this.#store = laboratory.store
    this.#seed = seed
    this.plan = plan
    this.provider = this.random('variant').pick(laboratory.providers[plan.provider])
    this.#takeOver(laboratory)
    this.provider.reset()
    const { timeline } = this
    this.witness = new CallWitness(this.provider, () => this.#store)
    this.witness.expectsLateCreates = plan.weather.late > 0
    const { emulator, url } = this.provider
    const emulators = { [url]: { emulator, now: laboratory.providerNow } }
    const random = this.random('network')
    const tell = (what: string) => this.tell(what)
    const { witness } = this
    this.upstream = new Upstream({ timeline, pulse: this.#pulse, random, emulators, witness, tell })
    this.upstream.weather = plan.weather
    this.#chaos = new Chaos(this)
    this.#doors = this.random('doors')
  }

  /** Runs one seed on the laboratory's database, which is emptied first. */
  static async run(laboratory: Laboratory, seed: number, plan: Plan): Promise<Outcome> {
    await empty(laboratory.store)
    const simulation = new Simulation(laboratory, seed, plan)
    const found = await simulation.#run().catch((error) => [String(error?.stack ?? error)])
    return { violations: [...simulation.#faults, ...found], story: simulation.story }
  }

  random(name: string): SeededRandom {
    return new SeededRandom(this.#seed, name)
  }

  tell(what: string): void {
    this.story.push(`${((this.timeline.now() - startTime) / 1000).toFixed(3)} ${what}`)
  }

  #takeOver(laboratory: Laboratory): void {
    const { timeline, plan } = this
    const random = this.random('provider')
    let ids = 0
    laboratory.now = timeline.now
    laboratory.providerNow = () => timeline.now() + plan.clockSkewMs
    laboratory.providerRandom = random.next
    laboratory.providerDelay = (ms) => timeline.delay(ms)
    laboratory.newId = (prefix) => `${prefix}_${String(++ids).padStart(26, '0')}`
  }

  async #run(): Promise<string[]> {
    this.#chaos.addStrangers()
    this.timeline.skipTo(startTime + minute)
    const connection = await this.#connect(this.#store)
    const adapter = adapters[this.provider.id]
    if (!adapter) throw new Error(`there is no adapter for ${this.provider.id}`)
    const user = new User({ provider: this.provider, adapter, connection, random: this.random('user') })
    for (let i = 0; i < this.plan.replicas; i++) await this.#bear()
    this.#chaos.plan(user)
    await this.#play(startTime + minute + this.plan.chaosMs)
    await this.#calmDown()
    await this.#play(this.timeline.now() + 12 * hour)
    // One sync finds what is leaked; only two in a row make a cluster missing.
    for (let syncs = this.#chaos.mayHaveLost() ? 3 : 1; syncs > 0; syncs--) {
      this.timeline.skipTo(this.timeline.now() + 10_000)
      const visit = () => requestVisit(this.#store, user.who(), connection.id, 'connection.sync')
      await this.#pulse.during(visit)
      await this.#play(this.timeline.now() + 12 * hour)
    }
    const { removed, strangers } = this.#chaos
    const { provider, witness } = this
    const { calm } = this.plan
    return violationsIn({ store: this.#store, provider, witness, user, calm, removed, strangers })
  }

  async #connect(store: Store) {
    const { provider, plan } = this
    const id = this.#laboratory.newId('con')
    const who = {
      actor: { type: 'system', id: 'test', displayName: 'test', authMethod: 'internal' },
    } as const
    const context = { ip: null, userAgent: null, interface: 'cli' } as const
    return createConnection(
      store,
      { who: { ...who, requestId: 'connect', context } },
      {
        id,
        name: plan.provider,
        provider: plan.provider,
        teams: ['*'],
        settings: provider.settings,
        sealedApiKey: await plainVault.seal(provider.apiKey, apiKeyPlace({ id, teams: ['*'] })),
        apiKeyFingerprint: fingerprintOf(provider.apiKey),
      },
    )
  }

  /** A process starts. One that is alone on the database takes over what a dead one had leased. */
  async #bear(): Promise<void> {
    const { plan, timeline } = this
    const name = `process-${++this.#births}`
    const random = this.random(name)
    if (plan.replicas === 1) await releaseLeases(this.#store)
    const process = new GatewayProcess({
      name,
      store: this.#store,
      vault: plainVault,
      timing: {
        pollInitialMs: 2000,
        pollMaxMs: 30_000,
        syncIntervalMs: plan.syncIntervalMs,
        callMs: 135_000,
        leaseMs: 180_000,
        lookGapMs: 10_000,
      },
      timeline,
      pulse: this.#pulse,
      random,
      storageFaults: this.#chaotic ? plan.storageFaults : 0,
      onDeath: () => this.#bury(process),
      send: this.upstream.send,
    })
    if (this.#chaotic && random.chance(plan.mortality)) process.fuse = random.between(1, 80)
    this.processes.push(process)
    this.tell(`${name} starts`)
  }

  #bury(process: GatewayProcess): void {
    this.tell(`${process.name} dies`)
    this.processes.splice(this.processes.indexOf(process), 1)
    const away = this.random(`${process.name} away`).between(0, 200_000)
    if (this.#chaotic) this.timeline.after(away, () => this.#begin(() => this.#revive()))
  }

  async #revive(): Promise<void> {
    if (this.processes.length >= this.plan.replicas) return
    // To open a database anew takes as long as many a run: what is on disk is the same without it.
    if (this.plan.replicas === 1 && this.#doors.chance(0.1)) this.#store = await this.#laboratory.reopen()
    await this.#bear()
  }

  /** Starts what the loop must not wait for. Whatever goes wrong with it is a finding. */
  #begin(work: () => Promise<void>): void {
    void this.#pulse.during(work).catch((error) => this.#faults.push(String(error?.stack ?? error)))
  }

  /** Lets a caller ask one of the processes for something; a refusal is an answer. */
  ask(request: (store: Store) => Promise<string>): void {
    if (this.processes.length === 0) {
      this.tell('nobody answers')
      return
    }
    const process = this.#doors.pick(this.processes)
    // Not awaited with the pulse: a process that dies never answers.
    request(process.store).then(
      (what) => this.tell(`${process.name} took ${what}`),
      (error) => {
        if (error instanceof Problem) this.tell(`${process.name} refused: ${error.code}`)
        else this.#faults.push(String(error?.stack ?? error))
      },
    )
  }

  async #calmDown(): Promise<void> {
    this.#chaotic = false
    this.#chaos.end()
    this.upstream.weather = { verySlow: 0, late: 0 }
    for (const process of [...this.processes]) process.calm()
    while (this.processes.length < this.plan.replicas) await this.#revive()
    this.tell('calm')
  }

  /** Runs until `end`, or until nothing more happens but visits to connections that nobody asked for. */
  async #play(end: number): Promise<void> {
    for (;;) {
      await this.#pulse.quiet()
      const due = await this.#nextDue()
      if (due !== null && due <= this.timeline.now() && (await this.#turn())) continue
      const next = this.timeline.nextTime()
      if (!this.#chaotic && next === null && (await this.#rests())) return
      const soonest = Math.min(next ?? end, due !== null && due > this.timeline.now() ? due : end)
      if (soonest >= end) return this.timeline.skipTo(end)
      if (next !== null && next <= soonest) this.timeline.step()
      else this.timeline.skipTo(soonest)
    }
  }

  /** Lets every process take what is due, all at once. Answers whether any found something. */
  async #turn(): Promise<boolean> {
    let any = false
    for (const process of this.processes) {
      process.turn().then(
        (more) => {
          any ||= more
        },
        (error) => this.#faults.push(String(error?.stack ?? error)),
      )
    }
    await this.#pulse.quiet()
    return any
  }

  async #nextDue(): Promise<number | null> {
    if (this.#due.beats !== this.#pulse.beats) {
      this.#due = { beats: this.#pulse.beats, time: await nextDueTime(this.#store) }
    }
    return this.#due.time
  }

  async #rests(): Promise<boolean> {
    const rows = await allClusters(this.#store)
    return rows.every((row) => row.dueTime === null && row.leaseOwner === null)
  }
}
