import type { z } from '@hono/zod-openapi'
import type { ClusterState } from './cluster.ts'
import type { JsonObject } from './json.ts'
import { type PolicyTerms, type Shape, type ShapeOf, shapeless } from './policy.ts'
import type { FieldError } from './problem.ts'

/** One HTTP call to a provider. */
export interface UpstreamRequest {
  /** Name of the provider's operation, for limits, logs and metrics: `createServerless`. */
  operation: string
  /** Whose operation it is, for the same. Adapters leave it out: whoever calls them knows. */
  provider?: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Record<string, string>
  body?: JsonObject
  /** In epoch milliseconds. Later than this it must not leave: another process may have taken over. */
  notAfter?: number
}

/** A whole answer. Header names in lower case. */
export interface UpstreamResponse {
  status: number
  headers: Record<string, string>
  text: string
}

/**
 * Sends one call, once. Rejects with a `ProviderFailure` of kind `unavailable` when no whole answer came:
 * `applied: 'no'` if the request certainly never left, else `'unknown'`.
 */
export type Send = (request: UpstreamRequest) => Promise<UpstreamResponse>

/** An opened connection: what an adapter needs to speak for one account. */
export interface Account {
  settings: JsonObject
  apiKey: string
  send: Send
}

/** What a create asks for, checked by the adapter's own schema. */
export interface Wanted {
  name: string
  displayName: string
  region: string | null
  labels: Record<string, string>
  spec: JsonObject
}

/** What the provider says about one cluster. Absent facts are null or left out of `spec`; nothing is invented. */
export interface Observed {
  externalId: string
  name: string
  /** The scope in which the provider keeps names unique: a project's id, or '' for the whole account. */
  scope: string
  region: string | null
  displayName: string | null
  state: ClusterState
  stateReason: string | null
  /** The provider's own word, verbatim. */
  providerState: string
  endpoint: string | null
  /** The facts that have a place in this provider's `spec`, in its shape. */
  spec: JsonObject
  /** Epoch milliseconds by the provider's clock. */
  createTime: number | null
  /** What else the provider tells, verbatim, that has no place above. */
  details?: Record<string, string>
  /** The provider's id of the request that told us. */
  requestId: string | null
}

export interface Credentials {
  username: string
  password: string
}

export interface Created {
  externalId: string
  /** Given once, never again. Null where the provider gives none. */
  credentials: Credentials | null
  /** What the answer itself already told, if it did. */
  observed: Observed | null
  /** What else the answer told, verbatim. */
  details?: Record<string, string>
  requestId: string | null
}

/** What a data plane needs to be reached; no credential. */
export interface Access {
  endpoint: string
  /** Base64 of the PEM certificate authority. */
  caData?: string
  /** What a kubeconfig for `aws eks get-token` needs. */
  eks?: { clusterName: string; region: string }
}

export interface Change {
  name?: string
  displayName?: string
  labels?: Record<string, string>
  /** The whole spec as it shall be. */
  spec?: JsonObject
}

export interface Page {
  clusters: Observed[]
  /** Opaque; null at the end of the list. */
  nextPage: string | null
}

export interface Region {
  regionId: string
  cloudId?: string
  supportedPlans?: string[]
}

export interface Project {
  projectId: string
  projectName: string
  plan?: string
  clusterCount?: number
}

/** What an account offers to choose from. Null where the provider has no such notion. */
export interface Directory {
  regions: Region[] | null
  projects: Project[] | null
}

export type Verb = 'update' | 'rename' | 'suspend' | 'resume' | 'delete'

export interface Capabilities {
  suspend: boolean
  resume: boolean
  update: boolean
  rename: boolean
  /** A create answers with a one-time password. */
  credentials: boolean
  /** There is a certificate authority and a kubeconfig to be had. */
  kubeconfig: boolean
  projects: boolean
  regions: boolean
}

export interface Limits {
  name: { pattern: string; maxLength: number; description: string }
  /** Clusters a list call can carry. */
  pageSize: number
  requestsPerSecond: number
  /** How long a create may take before it is called overdue, in milliseconds. */
  createTimeoutMs: number
  updateTimeoutMs: number
}

/**
 * One provider's wire format and nothing else. Methods that take an `Account` make the fewest calls they can,
 * hold no state, and fail with `ProviderFailure` alone.
 */
export interface Adapter {
  readonly id: string
  readonly title: string
  readonly documentationUrl: string
  readonly capabilities: Capabilities
  readonly limits: Limits
  /** The provider's own block of a cluster. Refuses unknown fields. */
  readonly specSchema: z.ZodType<JsonObject>
  /** The settings of a connection, with defaults. Refuses unknown fields. */
  readonly settingsSchema: z.ZodType<JsonObject>
  /** Fields of `spec` (top level) that an update may change. */
  readonly mutableSpecFields: readonly string[]

  /**
   * Rules that a schema cannot say, without any network: names, regions, what the connection allows. `current` is the
   * spec that an update starts from, null for a create: what cannot be given at a create, or changed after it, is refused.
   */
  check(wanted: Wanted, settings: JsonObject, current: JsonObject | null): FieldError[]
  /** What a policy can speak of at this provider. */
  readonly policyTerms: PolicyTerms
  /** A spec in the terms of policies. Pure, and never refuses: what cannot be told is left out. */
  shapeOf(spec: JsonObject): Shape
  /** The scope within which this provider keeps names unique. */
  scopeOf(spec: JsonObject): string
  /** Which of the gateway's own fields the provider keeps too, so that changing them is an update there. */
  upstreamFields(spec: JsonObject): readonly ('displayName' | 'labels')[]
  /** Null if the provider can do this to such a cluster, else why not. */
  refusal(verb: Verb, cluster: { externalId: string | null; spec: JsonObject }): string | null
  /** What remains, and may keep billing, after a delete; null if nothing does. */
  residue(cluster: { spec: JsonObject; region: string | null }): string | null
  /** Whether a cluster found upstream is what was asked for, as far as the provider tells. */
  matches(wanted: Wanted, observed: Observed): boolean

  /** Proves that the key opens the account that the settings name. Changes nothing. */
  verify(account: Account): Promise<{ account: string | null; requestId: string | null }>
  /** What there is to choose from. Changes nothing. */
  directory(account: Account): Promise<Directory>
  /** NOT idempotent. Asks for one cluster, once; never retries. */
  create(account: Account, wanted: Wanted): Promise<Created>
  /**
   * Every cluster upstream of this name in this scope, from a complete list: an incomplete one is a failure, never
   * an empty answer. `providerTime` is the provider's clock in epoch milliseconds, where it tells.
   */
  find(account: Account, wanted: Wanted): Promise<{ found: Observed[]; providerTime: number | null }>
  /** One cluster as it is now; null when the provider says plainly that there is none. */
  observe(account: Account, externalId: string): Promise<Observed | null>
  /**
   * Makes at most one changing call towards `change`, given what is observed now, skipping the steps in `done`.
   * Answers the step it took, or null when nothing is left to do. Steps set values and may be repeated.
   */
  update(
    account: Account,
    observed: Observed,
    change: Change,
    done: readonly string[],
  ): Promise<{ step: string | null; requestId: string | null }>
  /** Asks for it; the state tells when. Fails with `wrong-state` when it is not possible now. */
  suspend(account: Account, externalId: string): Promise<{ requestId: string | null }>
  resume(account: Account, externalId: string): Promise<{ requestId: string | null }>
  /** Asks for it. A cluster already gone is a success. */
  delete(account: Account, externalId: string): Promise<{ requestId: string | null }>
  /** One page of everything that the account holds. `page` is null for the first. */
  list(account: Account, page: string | null): Promise<Page>
  /** How to reach the data plane; null when there is nothing to tell yet. */
  access(account: Account, observed: Observed): Promise<Access | null>
}

/** Adapters by provider id. */
export type Adapters = Readonly<Record<string, Adapter>>

/** How specs look to policies. A provider that is no longer known tells nothing. */
export function shapesOf(adapters: Adapters): ShapeOf {
  return (provider, spec) => adapters[provider]?.shapeOf(spec) ?? shapeless(provider, spec)
}
