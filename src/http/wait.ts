import { seesTeam } from '../cluster/caller.ts'
import { etagOf } from '../cluster/document.ts'
import { isJsonObject, type Json } from '../cluster/json.ts'
import { findClusterDocument, type StoredCluster } from '../store/read-clusters.ts'
import type { Store, StoreEvents } from '../store/store.ts'
import type { Call } from './call.ts'
import { jsonText, type Reply } from './reply.ts'

/** Another replica's changes raise no event here; they are seen by looking again this often, in milliseconds. */
const lookAgainMs = 1000

/** What to watch, how to look at it (null: not yet), and how long to be patient. */
export interface Watch<T> {
  event: keyof Pick<StoreEvents, 'cluster' | 'connection' | 'sequenced'>
  id: string
  look(): Promise<T | null>
  timeoutMs: number
  signal: AbortSignal
}

/** Looks now, and again whenever the thing changes, until there is something to see. Null when patience has ended. */
export async function watch<T>(
  { events }: Store,
  { event, id, look, timeoutMs, signal }: Watch<T>,
): Promise<T | null> {
  const deadline = performance.now() + timeoutMs
  let news = Promise.withResolvers<void>()
  const hear = (changed: string) => {
    if (changed === id) news.resolve()
  }
  events.on(event, hear)
  try {
    for (;;) {
      news = Promise.withResolvers<void>()
      const found = await look()
      const leftMs = deadline - performance.now()
      if (found !== null || leftMs <= 0 || signal.aborted) return found
      await newsOrTimeout(news, Math.min(leftMs, lookAgainMs), signal)
    }
  } finally {
    events.off(event, hear)
  }
}

async function newsOrTimeout(
  { promise, resolve }: PromiseWithResolvers<void>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const wake = () => resolve()
  const timer = setTimeout(wake, timeoutMs)
  signal.addEventListener('abort', wake, { once: true })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', wake)
  }
}

export function preferenceApplied(waitS: number): Record<string, string> {
  return { 'preference-applied': `wait=${waitS}` }
}

/**
 * Waits, if the caller prefers so, until the operation just accepted has ended; then shows the cluster as it is. What
 * comes to another team meanwhile is not looked at any more: the answer is that of the acceptance.
 */
export async function waitForOperation(call: Call, reply: Reply): Promise<Reply> {
  const { waitS, deps } = call
  const id = call.params.id ?? reply.headers.location?.replace('/clusters/', '')
  if (waitS === null || id === undefined || reply.status !== 202) return reply
  let last: StoredCluster | undefined
  await watch(deps.store, {
    event: 'cluster',
    id,
    look: async () => {
      const found = await findClusterDocument(deps.store, id)
      last = found && seesTeam(call.caller, found.team) ? found : undefined
      return last === undefined || hasEnded(last.document) ? true : null
    },
    timeoutMs: waitS * 1000,
    signal: call.patience(),
  })
  const headers = { ...reply.headers, ...preferenceApplied(waitS) }
  if (!last) return { ...reply, headers }
  return jsonText(reply.status, last.document, { ...headers, etag: etagOf(last.version) })
}

function hasEnded(document: string): boolean {
  const cluster = JSON.parse(document) as Json
  if (!isJsonObject(cluster)) return true
  // What waits for a person waits longer than a caller should.
  if (cluster.state === 'PENDING_APPROVAL') return true
  const { operation } = cluster
  return !isJsonObject(operation) || operation.status === 'SUCCEEDED' || operation.status === 'FAILED'
}
