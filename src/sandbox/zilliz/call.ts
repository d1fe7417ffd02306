import type { Fault, FaultKind } from '../faults.ts'
import type { ZillizWorld } from './world.ts'

/** One authenticated call, as the operations see it. */
export interface Call {
  world: ZillizWorld
  /** From the path: the cluster's or the project's id, or nothing. */
  id: string
  query: URLSearchParams
  headers: Headers
  /** As it came. */
  body: string
  /** Those that concern the cluster rather than the connection. */
  faults: readonly Fault[]
}

/** One route of the API. */
export interface Operation {
  /** What fault rules and the request log call it. */
  name: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The id is written `:id`. */
  path: string
  /** Which of the faults that concern a cluster mean something here. */
  heeds?: readonly FaultKind[]
  /** Returns the `data` of the reply. @throws ZillizFailure */
  handle: (call: Call) => unknown
}
