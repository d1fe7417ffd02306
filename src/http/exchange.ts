import type { IncomingMessage } from 'node:http'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import { type Attribution, anonymousActor, type Person, type Receipt } from '../cluster/actor.ts'
import type { AuditTarget } from '../cluster/audit.ts'
import type { Caller } from '../cluster/caller.ts'
import { invalid } from '../cluster/problem.ts'
import type { AppDeps } from './app-deps.ts'
import { cameOverTls, clientAddress } from './client-address.ts'
import { requestIdOf } from './request-id.ts'

/** One request and what is known of it so far. */
export class Exchange {
  readonly deps: AppDeps
  readonly context: Context
  readonly requestId: string
  readonly startMs = performance.now()
  readonly params: Readonly<Record<string, string>>
  /** Null until authenticated. */
  caller: Caller | null = null
  /** What the request turned out to be about, and whose that is. */
  subject: { target: AuditTarget; team: string | null } | null = null
  reason: string | undefined
  /** Set once the caller has shown that it may speak for others. */
  onBehalfOf: Person | undefined
  /** What the body holds in fields whose schema marks them as secret. */
  secrets: readonly string[] = []
  /** Of the first entry that was written for this request, which is the one about what was asked. */
  receipt: Receipt | null = null
  /** Undefined when the app is called in its own process. */
  readonly #incoming: IncomingMessage | undefined

  constructor(deps: AppDeps, context: Context) {
    this.deps = deps
    this.context = context
    this.params = context.req.param()
    this.#incoming = context.env?.incoming
    this.requestId = requestIdOf(this.header('x-request-id'))
  }

  get path(): string {
    return this.context.req.path
  }

  get rawQuery(): string {
    const { url } = this.context.req
    const mark = url.indexOf('?')
    return mark < 0 ? '' : (url.slice(mark + 1).split('#', 1)[0] ?? '')
  }

  /** Read from the socket's own request where there is one: a `Headers` object costs as much as a query. */
  header(name: string): string | undefined {
    if (this.#incoming === undefined) return this.context.req.header(name)
    const value = this.#incoming.headers[name]
    return typeof value === 'string' ? value : undefined
  }

  /** Who asks, from where, and why. */
  attribution(): Attribution {
    const { caller, reason, onBehalfOf, secrets } = this
    return {
      actor: caller?.actor ?? anonymousActor,
      requestId: this.requestId,
      context: {
        ip: clientAddress(this.#peer(), this.header('x-forwarded-for'), this.deps.config.trustedProxies),
        userAgent: this.header('user-agent')?.slice(0, 256) ?? null,
        interface: 'http',
      },
      ...(reason !== undefined && { reason }),
      ...(onBehalfOf && { onBehalfOf }),
      ...(secrets.length > 0 && { secrets }),
      recorded: (receipt) => {
        this.receipt ??= receipt
      },
    }
  }

  /** Whether the caller came over TLS, which a proxy in front has ended. */
  get secure(): boolean {
    const { trustedProxies } = this.deps.config
    if (trustedProxies === undefined) return false
    return cameOverTls(this.#peer(), this.header('x-forwarded-proto'), trustedProxies)
  }

  #peer(): string | null {
    return this.#incoming ? (getConnInfo(this.context).remote.address ?? null) : null
  }
}

const longestReason = 512

/** The `Reason` header. Fails where it is too long to be kept whole. */
export function readReason(header: string | undefined): string | undefined {
  const reason = header?.trim()
  if (reason === undefined || reason === '') return undefined
  if (reason.length > longestReason) {
    throw invalid([{ pointer: 'header/Reason', detail: `must be at most ${longestReason} characters` }])
  }
  return reason
}
