import { etagOf } from '../cluster/document.ts'
import { type ConnectionRow, renderConnection } from '../store/connection-rows.ts'
import { findConnection } from '../store/read-connections.ts'
import type { AppDeps } from './app-deps.ts'
import type { Call } from './call.ts'
import { json, type Reply } from './reply.ts'
import { preferenceApplied, watch } from './wait.ts'

export function connectionReply(
  status: 200 | 201 | 202,
  row: ConnectionRow,
  headers: Record<string, string> = {},
): Reply {
  return json(status, renderConnection(row), { ...headers, etag: etagOf(row.version) })
}

/** A connection with what only this process knows of it. */
export function shownConnection(deps: AppDeps, row: ConnectionRow) {
  return { ...renderConnection(row), circuit: deps.circuitOf(row.id) }
}

/** Waits, if the caller prefers so, until what was asked of the connection is done: then 200 and the connection as it is. */
export async function waitForVisit(
  call: Call,
  reply: Reply,
  isDone: (row: ConnectionRow) => boolean,
): Promise<Reply> {
  const { waitS, deps, params } = call
  const { id = '' } = params
  if (waitS === null) return reply
  let last: ConnectionRow | undefined
  const done = await watch(deps.store, {
    event: 'connection',
    id,
    look: async () => {
      last = await findConnection(deps.store, id)
      return last === undefined || isDone(last) ? true : null
    },
    timeoutMs: waitS * 1000,
    signal: call.patience(),
  })
  const headers = { ...reply.headers, ...preferenceApplied(waitS) }
  return last ? connectionReply(done ? 200 : 202, last, headers) : { ...reply, headers }
}
