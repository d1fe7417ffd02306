import type { JsonObject } from '../../cluster/json.ts'
import type { Observed } from '../../cluster/provider.ts'
import type { ClusterRecord, PolicyRecord } from './record.ts'
import { cuTypes, type Plan, type Policy, tiers } from './spec.ts'
import { stateOf } from './states.ts'

/** What Zilliz Cloud said about a cluster, in our words. Nothing is invented: what it left out is left out. */
export function toObserved(record: ClusterRecord, requestId: string | null): Observed {
  const createTime = Date.parse(record.createTime ?? '')
  return {
    externalId: record.clusterId,
    name: record.clusterName ?? '',
    scope: record.projectId ?? '',
    region: record.regionId,
    displayName: null,
    ...stateOf(record.status),
    providerState: record.status,
    endpoint: record.connectAddress,
    spec: specOf(record),
    createTime: Number.isNaN(createTime) ? null : createTime,
    requestId,
  }
}

/**
 * Free and serverless are told apart by the id's prefix: the `plan` of a free cluster has been `Free` and `Serverless`
 * by turns. Undefined for what is none of the three.
 */
export function planOf(
  record: Pick<ClusterRecord, 'clusterId' | 'deploymentOption' | 'plan'>,
): Plan | undefined {
  if (record.clusterId.startsWith('in03-')) return 'FREE'
  if (record.clusterId.startsWith('in05-')) return 'SERVERLESS'
  const words = record.deploymentOption ?? record.plan
  if (words === null) return record.clusterId.startsWith('in01-') ? 'DEDICATED' : undefined
  if (['Dedicated', ...tiers].includes(words)) return 'DEDICATED'
  if (words === 'Free') return 'FREE'
  return words === 'Serverless' ? 'SERVERLESS' : undefined
}

/** Instances made in advance carry this description, which nobody wrote. */
const descriptionOfPool = 'pre create instance'

function specOf(record: ClusterRecord): JsonObject {
  const plan = planOf(record)
  const described = record.description !== descriptionOfPool ? record.description : null
  const common = { plan, projectId: record.projectId, description: described }
  return withoutAbsent(plan === 'DEDICATED' ? { ...common, ...dedicatedOf(record) } : common)
}

function dedicatedOf(record: ClusterRecord): Facts {
  const cu = toPolicy(record.autoscaling?.cu)
  const replica = toPolicy(record.autoscaling?.replica)
  return {
    tier: tiers.find((tier) => tier === record.plan),
    cuType: cuTypes.find((type) => type === record.cuType),
    // A size that scales by itself is not part of what was asked for.
    cuSize: cu === undefined ? record.cuSize : null,
    replica: replica === undefined ? record.replica : null,
    autoscaling: cu === undefined && replica === undefined ? null : withoutAbsent({ cu, replica }),
    keyIdentifier: record.keyIdentifier,
  }
}

/** An empty policy is how the service says that there is none. */
function toPolicy(record: PolicyRecord | undefined): JsonObject | undefined {
  if (!record) return undefined
  if (record.schedules.length > 0)
    return { schedules: record.schedules.map((schedule) => withoutAbsent(schedule)) }
  return record.min !== null && record.max !== null
    ? ({ min: record.min, max: record.max } satisfies Policy)
    : undefined
}

type Facts = Record<string, JsonObject[string] | undefined>

function withoutAbsent(facts: Facts): JsonObject {
  const present: JsonObject = {}
  for (const [name, value] of Object.entries(facts)) {
    if (value !== undefined && value !== null) present[name] = value
  }
  return present
}
