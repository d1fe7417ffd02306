import type { Permission } from '../cluster/actor.ts'
import type { AuditTarget } from '../cluster/audit.ts'
import type { Caller } from '../cluster/caller.ts'
import type { IdempotencyClaim } from '../store/idempotency.ts'
import type { Mutation } from '../store/mutation.ts'
import type { AppDeps } from './app-deps.ts'
import type { Call } from './call.ts'
import type { Exchange } from './exchange.ts'
import type { GuardedOperation } from './operation.ts'
import { readWait } from './prefer.ts'

/** What was read of a request, and what its repeats are known by. */
export interface Given {
  query: Record<string, unknown>
  body: unknown
  claim: IdempotencyClaim | undefined
}

/** A class and not an object literal: one with a getter and closures takes longer to make than a query takes. */
export class GuardedCall implements Call<Record<string, unknown>> {
  readonly deps: AppDeps
  readonly requestId: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly rawQuery: string
  readonly caller: Caller
  readonly permission: Permission
  readonly query: Record<string, unknown>
  readonly body: unknown
  readonly waitS: number | null
  readonly #exchange: Exchange
  readonly #operation: GuardedOperation
  readonly #claim: IdempotencyClaim | undefined

  constructor(exchange: Exchange, operation: GuardedOperation, caller: Caller, given: Given) {
    this.deps = exchange.deps
    this.requestId = exchange.requestId
    this.path = exchange.path
    this.params = exchange.params
    this.rawQuery = exchange.rawQuery
    this.caller = caller
    this.permission = operation.permission
    this.query = given.query
    this.body = given.body
    this.waitS = operation.headers?.includes('prefer') ? readWait(exchange.header('prefer')) : null
    this.#exchange = exchange
    this.#operation = operation
    this.#claim = given.claim
  }

  header(name: string): string | undefined {
    return this.#exchange.header(name)
  }

  get mutation(): Mutation {
    const asksMatch = this.#operation.headers?.includes('ifMatch')
    const ifMatch = asksMatch ? this.header('if-match') : undefined
    return {
      who: this.#exchange.attribution(),
      ...(this.#claim && { idempotency: this.#claim }),
      ...(ifMatch !== undefined && { ifMatch }),
    }
  }

  patience(): AbortSignal {
    return AbortSignal.any([this.deps.stopping, this.#exchange.context.req.raw.signal])
  }

  concerns(target: AuditTarget, team: string | null): void {
    this.#exchange.subject = { target, team }
  }
}
