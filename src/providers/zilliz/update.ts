import { ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject, type JsonObject, sameJson } from '../../cluster/json.ts'
import type { Account, Change, Observed } from '../../cluster/provider.ts'
import { settingsOf } from './settings.ts'
import { type Ask, askAbout } from './wire.ts'

interface Situation {
  account: Account
  observed: Observed
  change: Change
  /** The spec as it shall be; empty when it is not to change. */
  spec: JsonObject
}

/** One setting call: null when there is nothing to set, as far as the service tells. */
interface Step {
  name: string
  /** Two steps may be the same route, which has one rate. */
  operation: string
  call(situation: Situation): Pick<Ask, 'method' | 'path' | 'body' | 'headers'> | null
}

/**
 * In the order in which they are taken, one call each. Autoscaling goes before a fixed size, which it excludes; size
 * and replicas are never changed together. Labels are not told by the service and so are always set.
 */
const steps: readonly Step[] = [
  {
    name: 'renameCluster',
    operation: 'renameCluster',
    call: ({ change: { name }, observed }) =>
      name === undefined || name === observed.name
        ? null
        : { method: 'POST', path: '/modifyProperties', body: { clusterName: name } },
  },
  {
    name: 'replaceLabels',
    operation: 'setLabels',
    call: ({ change: { labels }, observed }) =>
      labels === undefined || !isDedicated(observed)
        ? null
        : { method: 'PUT', path: '/labels', body: { labels } },
  },
  { name: 'modifyAutoscaling', operation: 'modifyCluster', call: autoscalingCall },
  {
    name: 'modifyCuSize',
    operation: 'modifyCluster',
    call: ({ spec: { cuSize }, observed }) =>
      cuSize === undefined || cuSize === observed.spec.cuSize
        ? null
        : { method: 'POST', path: '/modify', body: { cuSize } },
  },
  {
    name: 'modifyReplica',
    operation: 'modifyReplica',
    call: ({ spec: { replica }, observed }) =>
      replica === undefined || replica === observed.spec.replica
        ? null
        : { method: 'POST', path: '/modifyReplica', body: { replica } },
  },
  { name: 'changeDescription', operation: 'updateCluster', call: descriptionCall },
]

/** Takes the first step that is neither done nor needless. */
export async function update(
  account: Account,
  observed: Observed,
  change: Change,
  done: readonly string[],
): Promise<{ step: string | null; requestId: string | null }> {
  const situation = { account, observed, change, spec: change.spec ?? {} }
  for (const step of steps.filter(({ name }) => !done.includes(name))) {
    const call = step.call(situation)
    if (call === null) continue
    const { requestId } = await askAbout(account, observed.externalId, { ...call, operation: step.operation })
    return { step: step.name, requestId }
  }
  return { step: null, requestId: null }
}

/** The service replaces the whole object: what is not sent is wiped, so both halves always are. */
function autoscalingCall({ change, spec, observed }: Situation): ReturnType<Step['call']> {
  const wanted = isJsonObject(spec.autoscaling) ? spec.autoscaling : {}
  const current = isJsonObject(observed.spec.autoscaling) ? observed.spec.autoscaling : {}
  if (change.spec === undefined || sameJson(wanted, current)) return null
  const autoscaling = { cu: wanted.cu ?? {}, replica: wanted.replica ?? {} }
  return { method: 'POST', path: '/modify', body: { autoscaling } }
}

/** The one route that wants the organization named, and it takes dedicated clusters only. */
function descriptionCall({ account, change, spec, observed }: Situation): ReturnType<Step['call']> {
  if (change.spec === undefined || sameJson(spec.description ?? '', observed.spec.description ?? ''))
    return null
  const { orgId } = settingsOf(account.settings)
  if (orgId !== undefined && isDedicated(observed)) {
    return {
      method: 'PATCH',
      path: '',
      body: { description: spec.description ?? '' },
      headers: { orgid: orgId },
    }
  }
  if (spec.description === undefined) return null
  throw new ProviderFailure({
    kind: 'unsupported',
    applied: 'no',
    retryable: false,
    message: isDedicated(observed)
      ? "Changing a description needs the connection's `orgId`."
      : 'Zilliz Cloud changes the description of dedicated clusters only.',
  })
}

function isDedicated(observed: Observed): boolean {
  return observed.spec.plan === 'DEDICATED'
}
