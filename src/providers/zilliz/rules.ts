import type { JsonObject } from '../../cluster/json.ts'
import type { Observed, Verb, Wanted } from '../../cluster/provider.ts'

/** Null if such a cluster can be so treated, else why not. */
export function refusal(verb: Verb, cluster: { spec: JsonObject }): string | null {
  const { plan } = cluster.spec
  if (plan === 'SERVERLESS' && (verb === 'suspend' || verb === 'resume')) {
    return 'Serverless clusters can be neither suspended nor resumed; they cost nothing but storage while idle.'
  }
  if (plan === 'FREE' && verb === 'suspend') {
    return 'Free clusters cannot be suspended; Zilliz Cloud suspends them itself after seven idle days.'
  }
  return null
}

/** What remains after a delete. */
export function residue(cluster: { spec: JsonObject }): string | null {
  if (cluster.spec.plan === 'FREE') return null
  return (
    'Zilliz Cloud keeps the cluster in its recycle bin for 30 days, from which only its console can restore it. ' +
    'Whether the name is free meanwhile is up to Zilliz Cloud.'
  )
}

/** Sizes are not compared: they change by themselves and show late. */
export function matches(wanted: Wanted, observed: Observed): boolean {
  const agrees = (asked: unknown, told: unknown) => asked == null || told == null || asked === told
  return (
    wanted.name === observed.name &&
    wanted.spec.projectId === observed.scope &&
    agrees(wanted.region, observed.region) &&
    (['plan', 'tier', 'cuType'] as const).every((field) => agrees(wanted.spec[field], observed.spec[field]))
  )
}
