import type { Fault, FaultKind } from '../faults.ts'
import type { Account, Caller } from './accounts.ts'
import type { FireworksWorld } from './world.ts'

/** One call with a good key, as the operations see it. */
export interface Call {
  world: FireworksWorld
  caller: Caller
  /** The one in the path; where the path has none, the first that the key sees. */
  account: Account
  /** The last id in the path: the cluster's or the quota's; empty when there is none. */
  id: string
  params: URLSearchParams
  /** As it came. */
  body: string
  faults: readonly Fault[]
}

/** One route of the API. */
export interface Operation {
  /** What fault rules and the request log call it. */
  name: string
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** As Hono has it; `:account` and `:id`. */
  path: string
  /** What follows the id in the same segment, colon and all. */
  verb?: string
  /** `suspendable`: not for suspended accounts. `clusters`: nor where the cluster collection is switched off. */
  scope: 'account' | 'suspendable' | 'clusters'
  /** Which of the faults that concern a cluster mean something here. */
  heeds?: readonly FaultKind[]
  /** Whether it is written to the account's audit log. */
  audited?: boolean
  /** Returns the body of the reply, or the whole reply. @throws RpcError */
  handle: (call: Call) => object | Response
}
