import { type Role, roles } from '../cluster/actor.ts'
import type { Scope } from '../cluster/caller.ts'
import { type Issuer, isTeamOfClaim, type Rule } from './issuer.ts'

export type Claims = Readonly<Record<string, unknown>>

/** More than anybody has: a token with thousands of groups must not make every request slow. */
const mostScopes = 100

/** What the rules of an issuer give to whoever has these claims: of every rule that fits, its role in its team. */
export function scopesOfClaims({ rules }: Issuer, claims: Claims): { scopes: Scope[]; isWorkload: boolean } {
  const fitting = rules.filter((rule) => fits(rule, claims))
  const scopes = new Map<string, Scope>()
  for (const scope of fitting.flatMap((rule) => scopesOf(rule, claims))) {
    if (scopes.size < mostScopes) scopes.set(`${scope.role} ${scope.team}`, scope)
  }
  return { scopes: [...scopes.values()], isWorkload: fitting.some(({ type }) => type === 'workload') }
}

function fits({ when }: Rule, claims: Claims): boolean {
  return Object.entries(when).every(([claim, wanted]) => {
    const given = textsOf(claims, claim)
    return [wanted].flat().some((text) => given.includes(text))
  })
}

function scopesOf({ role, team }: Rule, claims: Claims): Scope[] {
  const inRoles = typeof role === 'string' ? [role] : textsOf(claims, role.claim).filter(isRole)
  const inTeams = typeof team === 'string' ? [team] : textsOf(claims, team.claim).filter(isTeamOfClaim)
  return inRoles.flatMap((each) => inTeams.map((name) => ({ role: each, team: name })))
}

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text)
}

/** The texts of a claim: it is one, or a list of them. A truth value or a number counts as it is written. */
export function textsOf(claims: Claims, claim: string): string[] {
  const value = valueAt(claims, claim)
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((each) => ['string', 'boolean', 'number'].includes(typeof each)).map(String)
}

function valueAt(claims: Claims, claim: string): unknown {
  if (!claim.startsWith('/')) return Object.hasOwn(claims, claim) ? claims[claim] : undefined
  const steps = claim
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step)
        ? (at as Record<string, unknown>)[step]
        : undefined,
    claims,
  )
}
