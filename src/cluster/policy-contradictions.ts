import { everyTeam, servesTeam } from './actor.ts'
import { ownValue, type PolicyRules, type PolicyTerms } from './policy.ts'
import type { FieldError } from './problem.ts'

/** What there is that a policy can speak of. */
export interface PolicyWorld {
  /** Whose policy it is; `*` for all teams without their own. */
  team: string
  terms: Readonly<Record<string, PolicyTerms>>
  /** `regions`: those that the account is known to offer; null where they are not known. */
  connections: readonly {
    name: string
    provider: string
    teams: readonly string[]
    regions: readonly string[] | null
  }[]
}

/** Pointers begin with this: where the rules lie in a request. */
const base = '/rules'

/** What a policy says against itself, or of things that there are not: each names all fields that are at odds. */
export function contradictionsIn(rules: PolicyRules, world: PolicyWorld): FieldError[] {
  return [
    ...unknownProviders(rules, world),
    ...unusableConnections(rules, world),
    ...idleProviders(rules, world),
    ...unknownRegions(rules, world),
    ...unknownTerms(rules, world),
    ...emptyRanges(rules),
    ...unreachableApprovals(rules),
  ]
}

function fault(path: string, detail: string): FieldError {
  return { pointer: `${base}/${path}`, detail }
}

/** One fault of two fields is told at both. */
function faultOfTwo(path: string, detail: string, otherPath: string, otherDetail: string): FieldError[] {
  return [fault(path, detail), fault(otherPath, otherDetail)]
}

function unknownProviders({ providers = [] }: PolicyRules, { terms }: PolicyWorld): FieldError[] {
  return providers.flatMap((provider, i) =>
    Object.hasOwn(terms, provider)
      ? []
      : [fault(`providers/${i}`, `is no provider of this gateway: ${Object.keys(terms).join(', ')}`)],
  )
}

/** The providers that remain, with their places in the policy where it names them. */
function allowedProviders({ providers, connections }: PolicyRules, world: PolicyWorld): string[] {
  const known = Object.keys(world.terms)
  if (providers !== undefined) return known.filter((provider) => providers.includes(provider))
  if (connections === undefined) return known
  return known.filter((provider) =>
    world.connections.some((one) => one.provider === provider && connections.includes(one.name)),
  )
}

function unusableConnections({ providers, connections = [] }: PolicyRules, world: PolicyWorld): FieldError[] {
  return connections.flatMap((name, i) => {
    const found = world.connections.find((connection) => connection.name === name)
    if (!found) return [fault(`connections/${i}`, `there is no connection ${name}`)]
    if (world.team !== everyTeam && !servesTeam(found.teams, world.team)) {
      return [fault(`connections/${i}`, `${name} does not serve the team ${world.team}`)]
    }
    if (providers === undefined || providers.includes(found.provider)) return []
    return faultOfTwo(
      `connections/${i}`,
      `${name} is a connection to ${found.provider}, which ${base}/providers does not allow`,
      'providers',
      `leaves out ${found.provider}, to which ${base}/connections/${i} leads`,
    )
  })
}

/** A provider that is allowed by name, but with no connection, region or plan left to it. */
function idleProviders(rules: PolicyRules, world: PolicyWorld): FieldError[] {
  const { providers = [], connections, regions, plans } = rules
  return providers.flatMap((provider, i) => {
    const terms = ownValue(world.terms, provider)
    if (!terms) return []
    const idle = (field: string, what: string) =>
      faultOfTwo(
        `providers/${i}`,
        `${provider} is of no use: ${base}/${field} has no ${what} of it`,
        field,
        `has no ${what} of ${provider}, which ${base}/providers/${i} allows`,
      )
    const reached = world.connections.some(
      (one) => one.provider === provider && connections?.includes(one.name),
    )
    const offered = regions?.some((region) => offers(provider, region, rules, world))
    const planned = plans?.some((plan) => terms.plans.includes(plan))
    return [
      ...(connections !== undefined && !reached ? idle('connections', 'connection') : []),
      ...(regions !== undefined && !offered ? idle('regions', 'region') : []),
      ...(plans !== undefined && !planned ? idle('plans', 'plan') : []),
    ]
  })
}

/** By what the provider's accounts are known to offer, or where nothing is known by how its regions are written. */
function offers(provider: string, region: string, rules: PolicyRules, world: PolicyWorld): boolean {
  const accounts = world.connections.filter(
    (one) => one.provider === provider && (rules.connections?.includes(one.name) ?? true),
  )
  const known = accounts.flatMap(({ regions }) => regions ?? [])
  if (known.length > 0) return known.includes(region)
  return ownValue(world.terms, provider)?.region.test(region) ?? false
}

function unknownRegions(rules: PolicyRules, world: PolicyWorld): FieldError[] {
  const providers = allowedProviders(rules, world)
  return (rules.regions ?? []).flatMap((region, i) => {
    if (providers.some((provider) => offers(provider, region, rules, world))) return []
    return [
      fault(`regions/${i}`, `${region} is a region of no provider that is allowed: ${providers.join(', ')}`),
      ...limiting(rules, `leaves no provider that has the region ${region} of ${base}/regions/${i}`),
    ]
  })
}

/** The field that narrowed the providers down, if one did. */
function limiting({ providers, connections }: PolicyRules, detail: string): FieldError[] {
  if (providers !== undefined) return [fault('providers', detail)]
  return connections === undefined ? [] : [fault('connections', detail)]
}

/** Plans, options, sizes and amounts that no allowed provider knows. */
function unknownTerms(rules: PolicyRules, world: PolicyWorld): FieldError[] {
  const terms = allowedProviders(rules, world).flatMap((provider) => ownValue(world.terms, provider) ?? [])
  const resources = ['clusters', ...terms.flatMap(({ units }) => units)]
  const refuse = (path: string, what: string, known: readonly string[]) => [
    fault(path, `${what} of no provider that is allowed; known: ${known.join(', ') || 'none'}`),
    ...limiting(rules, `leaves no provider that knows ${base}/${path}`),
  ]
  const among = (field: string, names: readonly string[], what: string, known: readonly string[]) =>
    names.flatMap((name) => (known.includes(name) ? [] : refuse(`${field}/${escaped(name)}`, what, known)))
  const plans = terms.flatMap((one) => one.plans)
  return [
    ...(rules.plans ?? []).flatMap((plan, i) =>
      plans.includes(plan) ? [] : refuse(`plans/${i}`, `${plan} is a plan`, plans),
    ),
    ...unknownOptions(rules, terms, refuse),
    ...among(
      'sizes',
      Object.keys(rules.sizes ?? {}),
      'is a size',
      terms.flatMap(({ sizes }) => sizes),
    ),
    ...among('quotas', Object.keys(rules.quotas ?? {}), 'is a unit', resources),
    ...among('approval/above', Object.keys(rules.approval?.above ?? {}), 'is a unit', resources),
  ]
}

function unknownOptions(
  { options = {} }: PolicyRules,
  terms: readonly PolicyTerms[],
  refuse: (path: string, what: string, known: readonly string[]) => FieldError[],
): FieldError[] {
  return Object.entries(options).flatMap(([name, allowed]) => {
    const path = `options/${escaped(name)}`
    const offering = terms.filter((one) => Object.hasOwn(one.options, name))
    if (offering.length === 0) {
      return refuse(
        path,
        'is an option',
        terms.flatMap((one) => Object.keys(one.options)),
      )
    }
    const values = offering.flatMap((one) => ownValue(one.options, name) ?? [])
    return allowed.flatMap((value, i) =>
      values.includes(value) ? [] : refuse(`${path}/${i}`, `${value} is a choice`, values),
    )
  })
}

function emptyRanges({ sizes = {}, lifetime }: PolicyRules): FieldError[] {
  const ranges = Object.entries(sizes).flatMap(([name, { min, max }]) => {
    if (min === undefined || max === undefined || min <= max) return []
    const path = `sizes/${escaped(name)}`
    return faultOfTwo(
      `${path}/min`,
      `${min} is more than ${base}/${path}/max`,
      `${path}/max`,
      `${max} is less than ${base}/${path}/min`,
    )
  })
  const { maxSeconds = 0, defaultSeconds = 0 } = lifetime ?? {}
  if (defaultSeconds <= maxSeconds) return ranges
  return [
    ...ranges,
    ...faultOfTwo(
      'lifetime/defaultSeconds',
      `${defaultSeconds} is more than ${base}/lifetime/maxSeconds`,
      'lifetime/maxSeconds',
      `${maxSeconds} is less than ${base}/lifetime/defaultSeconds`,
    ),
  ]
}

/** What the quota refuses anyway is never asked for. */
function unreachableApprovals({ quotas = {}, approval }: PolicyRules): FieldError[] {
  return Object.entries(approval?.above ?? {}).flatMap(([resource, above]) => {
    const quota = ownValue(quotas, resource)
    if (quota === undefined || above < quota) return []
    const name = escaped(resource)
    return faultOfTwo(
      `approval/above/${name}`,
      `is never reached: nothing above ${above} is within ${base}/quotas/${name}`,
      `quotas/${name}`,
      `${quota} leaves nothing above ${base}/approval/above/${name}`,
    )
  })
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
