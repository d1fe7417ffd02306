import type { OperationError } from './cluster.ts'
import type { Change } from './provider.ts'

/**
 * What the reconciler remembers of an operation between two steps. It is on disk with the cluster, so that any
 * process can go on where another stopped. Times in epoch milliseconds.
 */
export interface Work {
  /** The id of the request that asked for the operation: follows it to the provider and into the audit log. */
  requestId: string
  /** The intent whose outcome is not known yet: a call that is under way, or whose maker died. */
  intentId?: string
  /** When the first create was sent; a cluster upstream that is older is not ours. */
  createSentTime?: number
  /** A create was sent whose outcome we never learned: the name may be taken by our own cluster. */
  createUnknown?: boolean
  /**
   * The create was sent again while an earlier one might still land: there may be a second cluster for a while.
   * `lastTime` is when the last was sent that may be under way, `earlierTime` what that is once this one is answered.
   */
  createdAgain?: { firstTime: number; lastTime: number; earlierTime?: number }
  /** The id upstream of the cluster that is gone, while it is made sure that there is no second one. */
  goneExternalId?: string
  /** Look at the cluster before asking again: what was asked may be done already. */
  check?: boolean
  /** When the looks in a row were made that found no such cluster. */
  emptyLooks?: number[]
  /** Why the outcome of the create is not known: what to say if it proves never to have happened and is not to be repeated. */
  createError?: OperationError
  /** The provider has accepted the call; what is left is to see it done. */
  accepted?: boolean
  /** Since the delete was asked for, the cluster was seen on its way out. */
  seenDeleting?: boolean
  /** Observations since the last change. */
  polls?: number
  /** Transient failures in a row. */
  failures?: number
  /** What an update shall bring about, and the steps of it that are done. */
  change?: Change
  doneSteps?: string[]
  /** What to show again when an update fails. */
  before?: Change
}

/** What outlives an operation's end, and its being overtaken by what was found upstream. */
export function lastingWork({ requestId, createdAgain, goneExternalId }: Work): Work {
  return {
    requestId,
    ...(createdAgain && { createdAgain }),
    ...(goneExternalId !== undefined && { goneExternalId }),
  }
}

/** The create that was sent last is over: from here on only those before it may be under way. */
export function withLastAnswered(work: Work): Work {
  const { createdAgain } = work
  if (createdAgain?.earlierTime === undefined) return work
  const { firstTime, earlierTime } = createdAgain
  return { ...work, createdAgain: { firstTime, lastTime: earlierTime } }
}

/** Until when a create of ours may be under way, by what a lease allows; undefined where none was sent that might. */
export function createsEnd({ createSentTime, createdAgain }: Work, leaseMs: number): number | undefined {
  const lastTime = createdAgain?.lastTime ?? createSentTime
  return lastTime === undefined ? undefined : lastTime + leaseMs
}
