import type { Json, JsonObject } from './json.ts'

/** How a spec looks to a policy, whatever its provider calls things. */
export interface Shape {
  plan: string | null
  /** What of the provider's capacity it may come to take, by unit: what quotas are made of. */
  units: Record<string, number>
  /** Its sizes by the field of the spec. One that scales by itself has a range. */
  sizes: Record<string, { least: number; most: number }>
  /** Its choices by the field of the spec; null where the choice is left to the provider. */
  options: Record<string, string | null>
}

/** How the clusters of all providers look. */
export type ShapeOf = (provider: string, spec: JsonObject) => Shape

export const shapeless: ShapeOf = () => ({ plan: null, units: {}, sizes: {}, options: {} })

/** The words that a policy may use for a provider's clusters. */
export interface PolicyTerms {
  plans: readonly string[]
  units: readonly string[]
  sizes: readonly string[]
  options: Readonly<Record<string, readonly string[]>>
  /** How its regions are written, for when it has not been asked which there are. */
  region: RegExp
}

export const approverRoles = ['operator', 'admin'] as const
export type ApproverRole = (typeof approverRoles)[number]

/** What can be counted: `clusters`, and the providers' units. */
export type Amounts = Readonly<Record<string, number>>

/** What a team may do. What is left out is not limited. */
export interface PolicyRules {
  providers?: string[] | undefined
  /** By name. */
  connections?: string[] | undefined
  regions?: string[] | undefined
  plans?: string[] | undefined
  options?: Record<string, string[]> | undefined
  sizes?: Record<string, { min?: number | undefined; max?: number | undefined }> | undefined
  /** Patterns with `*` and `?`; a name fits one of them. */
  names?: string[] | undefined
  /** Labels that a cluster must have, perhaps with one of some values. */
  labels?: Record<string, { values?: string[] | undefined }> | undefined
  lifetime?: { maxSeconds: number; defaultSeconds?: number | undefined } | undefined
  /** The most that the team may hold of each. */
  quotas?: Amounts | undefined
  /** Creates that bring the team above one of these wait for a second person. */
  approval?: { above: Amounts; role: ApproverRole; expireSeconds: number } | undefined
}

/** What policies look at in a cluster. Times in epoch milliseconds. Holds no secret. */
export interface Candidate {
  name: string
  provider: string
  connection: string
  region: string | null
  shape: Shape
  labels: Record<string, string>
  createTime: number
  expireTime: number | null
}

/** As what a request is judged; `approve` is a create that waited. */
export type PolicyAct = 'create' | 'approve' | 'update' | 'resume' | 'import'

export interface PolicyRequest {
  act: PolicyAct
  /** How an updated cluster was; null otherwise. */
  before: Candidate | null
  after: Candidate
  /** What the team holds beside this cluster. */
  beside: Amounts
}

/** How far back a proposed policy can be tested, in days. */
export const policyTestMostDays = 90

/** A rule that was in the way: its path in the policy, what was asked, what is allowed. */
export interface PolicyFinding {
  rule: string
  input: Json
  limit: Json
}

export type PolicyVerdict = 'ALLOW' | 'DENY' | 'APPROVAL'

/** A policy's answer to a request, by which version of whose policy. */
export interface PolicyDecision {
  decision: PolicyVerdict
  /** The team whose policy it is: `*` for the one of all teams without their own. */
  team: string
  version: number
  rules: PolicyFinding[]
}

/** A value of a record's own: `constructor` is a label like any other. */
export function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** What a cluster of this shape takes of everything that can be counted. */
export function amountsOf({ units }: Shape): Amounts {
  return { clusters: 1, ...units }
}

/** The order's expiry, or the one that the policy sets where it has none. Epoch milliseconds. */
export function expiryUnder(rules: PolicyRules, expireTime: number | null, now: number): number | null {
  const { defaultSeconds } = rules.lifetime ?? {}
  return expireTime === null && defaultSeconds !== undefined ? now + defaultSeconds * 1000 : expireTime
}
