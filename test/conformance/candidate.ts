import type { FailureKind } from '../../src/cluster/failure.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { Adapter, Change, Observed, Wanted } from '../../src/cluster/provider.ts'
import type { SandboxClock } from '../../src/sandbox/clock.ts'
import type { SandboxBackdoor } from '../../src/sandbox/control.ts'
import type { FaultOf } from '../../src/sandbox/faults.ts'
import type { Emulator } from '../../src/sandbox/server.ts'

/** An emulated provider, as much of it as the suite needs. Its back door knows a cluster by its external id. */
export interface Sandbox
  extends Emulator,
    Pick<SandboxBackdoor, 'operations' | 'faults' | 'requests' | 'clusters' | 'removeCluster'> {
  /** Adds a cluster at rest behind the back of whoever uses the API: like the wanted one, but of this name. */
  addNamed(name: string): void
}

/** What the sandbox calls the calls that an adapter makes; null for what it does without a call. */
export interface Operations {
  create: string
  list: string
  describe: string
  suspend: string | null
  resume: string | null
  delete: string
  access: string | null
}

/** A change that takes one call. */
export interface UpdateCase {
  operation: string
  change: Change
}

/** One of the provider's own words for no, and what it is to be understood as. */
export interface Refusal {
  title: string
  error: Omit<FaultOf<'error'>, 'kind'>
  kind: FailureKind
  applied: 'no' | 'unknown'
  /** Where it means something else when said to a create. */
  kindAtCreate?: FailureKind
}

/** An adapter that stands for the suite, with all that the suite has to know of its provider. */
export interface Candidate {
  /** Told apart from other candidates of the same adapter. */
  title: string
  adapter: Adapter
  /** A new sandbox: on this clock, with this as its only key, without a rate limit. */
  openSandbox(options: { clock: SandboxClock; apiKey: string }): Sandbox
  /** A connection's settings, as they are given. */
  settings: JsonObject & { baseUrl?: never }
  /** A wish that is granted. */
  wanted: Wanted
  operations: Operations
  /** Verbs that such a cluster, or every cluster of this provider, does not have. */
  unsupported: readonly ('suspend' | 'resume')[]
  /** At least one for every call that an update can make. */
  updates: readonly UpdateCase[]
  /** A change of as many steps as there are, and what the cluster looks like after it. */
  change: Change
  changed: Partial<Observed>
  refusals: readonly Refusal[]
}
