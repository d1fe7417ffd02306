import { judge } from '../cluster/judge-policy.ts'
import {
  type Amounts,
  type Candidate,
  expiryUnder,
  type PolicyAct,
  type PolicyDecision,
  type PolicyRequest,
} from '../cluster/policy.ts'
import { Problem } from '../cluster/problem.ts'
import type { ClusterRow } from './cluster-rows.ts'
import type { Policy } from './policies.ts'
import type { Session, Store } from './store.ts'
import { heldBy, readUsage, reserveUsage, without } from './usage.ts'

/** What was asked of a policy, to be kept for tests of others. */
export interface Asked {
  team: string
  clusterId: string | null
  request: PolicyRequest
}

/** The policy's answer; no decision where the team has no policy. */
export interface Checked {
  /** Null where it was only a question, or asked before: it is not to be kept. */
  asked: Asked | null
  policy: Policy | undefined
  decision: PolicyDecision | null
}

/** A request that a policy refuses. */
export class PolicyDenied extends Problem {
  /** As in `Checked`. */
  readonly asked: Asked | null

  constructor(decision: PolicyDecision, errors: { pointer: string; detail: string }[], asked: Asked | null) {
    const said = errors.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`))
    super('policy-denied', said.join('; ').slice(0, 1000), { errors, policy: decision })
    this.asked = asked
  }
}

/** What the entry of a checked act says of the policy. */
export function policyOf({ decision }: Checked): { policy?: PolicyDecision } {
  return decision === null ? {} : { policy: decision }
}

/** What policies look at, of an order or of a row. */
type Described = Pick<
  ClusterRow,
  'name' | 'provider' | 'connection' | 'region' | 'spec' | 'labels' | 'createTime' | 'expireTime'
>

function candidateOf({ shapeOf }: Store, described: Described): Candidate {
  const { name, provider, connection, region, spec, labels, createTime, expireTime } = described
  const shape = shapeOf(provider, spec)
  return { name, provider, connection, region, shape, labels, createTime, expireTime }
}

/** What is asked for: a new cluster, or a row as it would be. */
export interface Question {
  /** The one that holds for the team; undefined where there is none. */
  policy: Policy | undefined
  act: PolicyAct
  team: string
  before: ClusterRow | null
  after: Described
}

/**
 * Asks the policy, in the transaction that does what is asked: what the team holds is reserved
 * until that ends, so that no two requests count on the same room. @throws PolicyDenied
 */
export function checkPolicy(store: Store, session: Session, question: Question): Promise<Checked> {
  return answer(store, session, question, reserveUsage)
}

/** The same outside a transaction: what the policy would say now. @throws PolicyDenied */
export function previewPolicy(store: Store, question: Question): Promise<Checked> {
  return answer(store, store.reader, question, null)
}

async function answer(
  store: Store,
  session: Session,
  { policy, act, team, before, after }: Question,
  reserve: ((session: Session, team: string) => Promise<Amounts>) | null,
): Promise<Checked> {
  const counted = policy?.rules.quotas !== undefined || policy?.rules.approval !== undefined
  const usage = await (counted && reserve ? reserve : readUsage)(session, team)
  const own = before !== null && before.team === team ? heldBy(store, before) : {}
  const request: PolicyRequest = {
    act,
    before: before !== null && act === 'update' ? candidateOf(store, before) : null,
    after: candidateOf(store, after),
    beside: without(usage, own),
  }
  const kept = reserve !== null && act !== 'approve'
  const asked = kept ? { team, clusterId: before?.id ?? null, request } : null
  if (!policy) return { asked, policy, decision: null }
  const { decision: verdict, rules, errors } = judge(policy.rules, request)
  const decision = { decision: verdict, team: policy.team, version: policy.version, rules }
  if (verdict === 'DENY') throw new PolicyDenied(decision, errors, asked)
  return { asked, policy, decision }
}

/** An order with what the policy adds to it: an expiry, where it has none and must have one. */
export function underPolicy<T extends { expireTime: number | null }>(
  policy: Policy | undefined,
  order: T,
  now: number,
): T {
  return policy ? { ...order, expireTime: expiryUnder(policy.rules, order.expireTime, now) } : order
}
