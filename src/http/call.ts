import type { Permission } from '../cluster/actor.ts'
import type { AuditTarget } from '../cluster/audit.ts'
import type { Caller } from '../cluster/caller.ts'
import type { Mutation } from '../store/mutation.ts'
import type { AppDeps } from './app-deps.ts'

/** One request, as a handler sees it. */
export interface OpenCall<Query = unknown> {
  deps: AppDeps
  requestId: string
  /** The request's path, without its query. */
  path: string
  params: Readonly<Record<string, string>>
  query: Query
  /** A request header, by its lower-case name. */
  header(name: string): string | undefined
  /** The query as it came, for links to other pages of the same list. */
  rawQuery: string
}

/** One request of an authenticated caller. */
export interface Call<Query = unknown, Body = unknown> extends OpenCall<Query> {
  caller: Caller
  /** What the operation takes. The caller has it in some team; whether in the team at hand is asked where that is known. */
  permission: Permission
  body: Body
  /** How the change is asked for: who, on what condition, and whether it may be repeated. */
  mutation: Mutation
  /** Seconds that the caller would like to wait (`Prefer: wait`), 1 to 60; null where it would not. */
  waitS: number | null
  /** Aborted when the caller has gone or the server is stopping. */
  patience(): AbortSignal
  /** Tells what the request turned out to be about, for the entry of a refusal. */
  concerns(target: AuditTarget, team: string | null): void
}
