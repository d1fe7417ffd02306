import type { z } from '@hono/zod-openapi'
import type { Permission } from '../cluster/actor.ts'
import type { AuditAction } from '../cluster/audit.ts'
import type { ProblemCode } from '../cluster/problem.ts'
import type { Call, OpenCall } from './call.ts'
import type { HeaderName } from './openapi/header-parameters.ts'
import type { Reply } from './reply.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** An operation that neither changes nor protects anything, and why that needs no entry. */
export interface NotAudited {
  notAudited: string
}

export interface BodyDeclaration<B extends z.ZodType> {
  schema: B
  /** The first is the one to use. */
  contentTypes: readonly [string, ...string[]]
  examples: Readonly<Record<string, Example>>
  /** The body may be left out, which reads as `{}`. */
  optional?: true
}

export interface Example {
  summary: string
  value: unknown
}

export interface ResponseDeclaration {
  description: string
  /** Of a JSON answer; left out where there is no body or it is not JSON. */
  schema?: z.ZodType
  /** Bodies of other types, by content type, each with an example. */
  otherTypes?: Readonly<Record<string, { description: string; example: string }>>
  example?: unknown
  headers?: Readonly<Record<string, string>>
}

export interface OpenParameter {
  name: string
  description: string
  schema: object
  example: unknown
}

interface Declaration<Q extends z.ZodObject, B extends z.ZodType> {
  operationId: string
  method: Method
  /** In OpenAPI's form: `/clusters/{id}`. */
  path: string
  tags: readonly [string]
  summary: string
  description: string
  /** What each path parameter is, and an example of it. */
  params?: Readonly<Record<string, { description: string; example: string; pattern?: string }>>
  /** Of the query parameters, all of them strings as they arrive. Left out where there are none. */
  query?: Q
  /** Query parameters whose names are not fixed, as OpenAPI describes them; `query` lets them through. */
  openParameters?: readonly OpenParameter[]
  /** Request headers that mean something here, beside those that always do. */
  headers?: readonly HeaderName[]
  body?: BodyDeclaration<B>
  responses: Readonly<Record<number, ResponseDeclaration>>
  /** Refusals beside those that every operation of its kind may give. */
  problems?: readonly ProblemCode[]
  /** No part of the API. */
  undocumented?: true
  /** Logged at debug level: asked every few seconds by machines. */
  quiet?: true
}

/** An operation that anybody may call. */
export interface PublicOperation<Q extends z.ZodObject = z.ZodObject> extends Declaration<Q, z.ZodType> {
  permission: 'public'
  audit: NotAudited
  handler(call: OpenCall<z.output<Q>>): Promise<Reply> | Reply
}

/** An operation that takes a caller with a permission. */
export interface GuardedOperation<Q extends z.ZodObject = z.ZodObject, B extends z.ZodType = z.ZodType>
  extends Declaration<Q, B> {
  permission: Permission
  /** What a refusal is written down as; a change's own entry is written by the store. */
  audit: AuditAction
  /** The affair of no one team: takes the permission in all of them. */
  everyTeam?: true
  /** Allowed even while the gateway is frozen. */
  whileFrozen?: true
  /** A request with an Idempotency-Key is carried out once; the store keeps its answer. */
  idempotent?: true
  handler(call: Call<z.output<Q>, z.output<B>>): Promise<Reply> | Reply
  /** Done to a fresh answer and to a replayed one alike, such as waiting for the operation's end. */
  finish?(call: Call<z.output<Q>, z.output<B>>, reply: Reply): Promise<Reply>
}

export type Operation = PublicOperation | GuardedOperation

/** Declares a guarded operation; here only for its types. */
export function operation<Q extends z.ZodObject, B extends z.ZodType>(
  declared: GuardedOperation<Q, B>,
): GuardedOperation {
  return declared
}

export function publicOperation<Q extends z.ZodObject>(declared: PublicOperation<Q>): PublicOperation {
  return declared
}
