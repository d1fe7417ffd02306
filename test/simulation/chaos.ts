import { anyFault } from './plan.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Simulation } from './simulation.ts'
import { anyName, type User } from './user.ts'

/** Everything that is decided from outside: what callers ask for, and what goes wrong at the provider. */
export class Chaos {
  /** Clusters that somebody removed at the console, by key. */
  readonly removed = new Set<string>()
  readonly strangers = new Set<string>()
  readonly #simulation: Simulation
  readonly #random: SeededRandom

  constructor(simulation: Simulation) {
    this.#simulation = simulation
    this.#random = simulation.random('chaos')
  }

  addStrangers(): void {
    for (let i = 0; i < this.#simulation.plan.strangers; i++) this.#addStranger()
  }

  plan(user: User): void {
    const { plan } = this.#simulation
    for (let i = 0; i < plan.requests; i++)
      this.#sometime(() => this.#simulation.ask((store) => user.ask(store)))
    for (let i = 0; i < plan.faults; i++) this.#sometime(() => this.#addFault())
    for (let i = 0; i < plan.consoleActs; i++) this.#sometime(() => this.#actAtConsole())
    // More than two such lies would be evidence: a cluster that is told to be gone so often counts as gone.
    if (plan.faults > 0) for (let i = 0; i < 2; i++) this.#sometime(() => this.#hideOnce())
  }

  /** Whether there may be clusters in the inventory that are no longer upstream. */
  mayHaveLost(): boolean {
    return this.removed.size > 0 || this.#simulation.plan.faults > 0
  }

  /** The provider is well again, and what was stuck comes loose. */
  end(): void {
    const { provider, timeline } = this.#simulation
    provider.faults.clear()
    // Again later: a call that is still on its way may yet get stuck.
    for (const minutes of [0, 2, 5, 10]) timeline.after(minutes * 60_000, () => provider.unstick())
  }

  #sometime(act: () => void): void {
    const { plan, timeline } = this.#simulation
    // Most of it at first, while the clusters are young.
    const when = this.#random.next() ** 2 * plan.chaosMs * 0.9
    timeline.after(Math.round(when), act)
  }

  #addStranger(): void {
    const { provider, witness } = this.#simulation
    const name = anyName(this.#random)
    if (provider.clusters().some((cluster) => cluster.alive && cluster.name === name)) return
    provider.addStranger(name)
    for (const { key } of provider.clusters()) this.strangers.add(key)
    witness.noticeStrangers()
    this.#simulation.tell(`a stranger made ${name}`)
  }

  #addFault(): void {
    const { provider } = this.#simulation
    const operation = this.#random.pick(provider.operations)
    const fault = anyFault(this.#random)
    provider.faults.add({ operation, fault, times: this.#random.between(1, 3) })
    this.#simulation.tell(`${operation} will ${JSON.stringify(fault)}`)
  }

  #hideOnce(): void {
    const { provider } = this.#simulation
    provider.faults.add({ operation: '*', fault: { kind: 'notFoundOnce' } })
    this.#simulation.tell('a cluster will not be found once')
  }

  #actAtConsole(): void {
    const { provider } = this.#simulation
    const alive = provider.clusters().filter((cluster) => cluster.alive)
    if (alive.length === 0) return
    const { externalId, key, rests } = this.#random.pick(alive)
    if (this.#random.chance(0.5) && provider.id === 'zilliz') {
      if (rests !== 'READY') return
      provider.suspend(externalId)
      this.#simulation.tell(`somebody suspended ${externalId}`)
      return
    }
    provider.remove(externalId)
    this.removed.add(key)
    this.#simulation.tell(`somebody removed ${externalId}`)
  }
}
