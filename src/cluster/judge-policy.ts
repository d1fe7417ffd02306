import { matchesGlob } from './glob.ts'
import { type Json, sameJson } from './json.ts'
import {
  type Amounts,
  amountsOf,
  type Candidate,
  ownValue,
  type PolicyAct,
  type PolicyFinding,
  type PolicyRequest,
  type PolicyRules,
  type PolicyVerdict,
} from './policy.ts'
import type { FieldError } from './problem.ts'

export interface Judgement {
  decision: PolicyVerdict
  rules: PolicyFinding[]
  /** The same in words, each at the field of the request that it is about. */
  errors: FieldError[]
}

interface Violation extends PolicyFinding, FieldError {
  /** How far it is from what is allowed, where that can be told. */
  excess?: number
}

type Rule = (rules: PolicyRules, candidate: Candidate, beside: Amounts) => Violation[]

/**
 * What a policy says to a request: every rule that is in the way, not only the first. Pure. Of a change it minds only
 * what the change makes worse: a cluster that is older than a rule can still be labelled, and made smaller.
 */
export function judge(policy: PolicyRules, request: PolicyRequest): Judgement {
  const { act, before, after, beside } = request
  const violations = rulesOf[act].flatMap((rule) => {
    const was = before === null ? [] : rule(policy, before, beside)
    return rule(policy, after, beside).filter((violation) => isWorse(violation, was))
  })
  if (violations.length > 0) return judgement('DENY', violations)
  const waits = act === 'create' || act === 'approve' ? approvals(policy, after, beside) : []
  return judgement(waits.length > 0 ? 'APPROVAL' : 'ALLOW', waits)
}

function judgement(decision: PolicyVerdict, violations: Violation[]): Judgement {
  return {
    decision,
    rules: violations.map(({ rule, input, limit }) => ({ rule, input, limit })),
    errors: violations.map(({ pointer, detail }) => ({ pointer, detail })),
  }
}

function isWorse(violation: Violation, before: Violation[]): boolean {
  const was = before.find(({ rule }) => rule === violation.rule)
  if (!was) return true
  if (violation.excess === undefined || was.excess === undefined) return !sameJson(violation.input, was.input)
  return violation.excess > was.excess
}

function among(rule: string, pointer: string, input: string | null, allowed: string[] | undefined) {
  if (allowed === undefined || (input !== null && allowed.includes(input))) return []
  const said = input === null ? 'must be given' : `${input} is not allowed`
  return [{ rule, pointer, input, limit: allowed, detail: `${said}; allowed: ${allowed.join(', ')}` }]
}

const providers: Rule = (policy, { provider }) => among('providers', '/provider', provider, policy.providers)

const connections: Rule = (policy, { connection }) =>
  among('connections', '/connection', connection, policy.connections)

const regions: Rule = (policy, { region }) => among('regions', '/region', region, policy.regions)

const plans: Rule = (policy, { shape }) => among('plans', '/spec', shape.plan, policy.plans)

const options: Rule = (policy, { shape }) =>
  Object.entries(policy.options ?? {}).flatMap(([name, allowed]) => {
    const chosen = ownValue(shape.options, name)
    return chosen === undefined ? [] : among(`options.${name}`, `/spec/${name}`, chosen, allowed)
  })

const sizes: Rule = (policy, { shape }) =>
  Object.entries(policy.sizes ?? {}).flatMap(([name, { min = 0, max = Number.POSITIVE_INFINITY }]) => {
    const size = ownValue(shape.sizes, name)
    if (size === undefined) return []
    const violation = (end: 'min' | 'max', input: number, limit: number, detail: string) => ({
      rule: `sizes.${name}.${end}`,
      pointer: `/spec/${name}`,
      input,
      limit,
      excess: Math.abs(input - limit),
      detail,
    })
    return [
      ...(size.least < min ? [violation('min', size.least, min, `must be at least ${min}`)] : []),
      ...(size.most > max ? [violation('max', size.most, max, `must be at most ${max}`)] : []),
    ]
  })

const names: Rule = (policy, { name }) => {
  if (policy.names === undefined || policy.names.some((pattern) => matchesGlob(pattern, name))) return []
  const detail = `must fit ${policy.names.join(' or ')}`
  return [{ rule: 'names', pointer: '/name', input: name, limit: policy.names, detail }]
}

const labels: Rule = (policy, candidate) =>
  Object.entries(policy.labels ?? {}).flatMap(([key, { values }]) => {
    const value = ownValue(candidate.labels, key)
    if (value !== undefined && (values === undefined || values.includes(value))) return []
    const pointer = `/labels/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const detail = values === undefined ? 'is required' : `must be one of ${values.join(', ')}`
    return [{ rule: `labels.${key}`, pointer, input: value ?? null, limit: values ?? null, detail }]
  })

const lifetime: Rule = (policy, { createTime, expireTime }) => {
  if (policy.lifetime === undefined) return []
  const { maxSeconds: limit } = policy.lifetime
  const input = expireTime === null ? null : Math.ceil((expireTime - createTime) / 1000)
  if (input !== null && input <= limit) return []
  const excess = input === null ? Number.POSITIVE_INFINITY : input - limit
  const detail = `must be set, and at most ${limit} seconds after the create`
  return [{ rule: 'lifetime.maxSeconds', pointer: '/expireTime', input, limit, excess, detail }]
}

/** What of the amounts would be exceeded. What takes nothing of a unit is not to blame for it. */
function exceeded(prefix: string, limits: Amounts | undefined, candidate: Candidate, beside: Amounts) {
  const own = amountsOf(candidate.shape)
  return Object.entries(limits ?? {}).flatMap(([resource, limit]) => {
    const taken = ownValue(own, resource) ?? 0
    const input = taken + (ownValue(beside, resource) ?? 0)
    if (taken === 0 || input <= limit) return []
    const detail = `the team would hold ${input} ${resource}, and may hold ${limit}`
    const pointer = resource === 'clusters' ? '' : '/spec'
    return [
      { rule: `${prefix}.${resource}`, pointer, input, limit: limit as Json, excess: input - limit, detail },
    ]
  })
}

const quotas: Rule = (policy, candidate, beside) => exceeded('quotas', policy.quotas, candidate, beside)

const approvals: Rule = (policy, candidate, beside) =>
  exceeded('approval.above', policy.approval?.above, candidate, beside).map((violation) => ({
    ...violation,
    detail: `${violation.detail} without an approval, which only a create can wait for`,
  }))

const placed = [providers, connections, regions, plans, options, sizes]

const whole = [...placed, names, labels, lifetime, quotas]

/**
 * What each act is held to. An import neither spends nor can set an expiry, which would delete what somebody runs. A
 * resume spends again, but names nothing anew.
 */
const rulesOf: Record<PolicyAct, Rule[]> = {
  create: whole,
  approve: whole,
  update: [...whole, approvals],
  resume: [...placed, quotas],
  import: [...placed, names, labels, quotas],
}
