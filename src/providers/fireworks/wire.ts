import { isJsonObject, type JsonObject } from '../../cluster/json.ts'
import type { Observed, Wanted } from '../../cluster/provider.ts'
import { type Answer, notUnderstood } from './request.ts'
import { blockOf, textOf } from './spec.ts'
import { providerStateOf, stateOf, stateReasonOf } from './states.ts'

/** The fields of `eks` that have the same name on the wire; `region` is the cluster's own. */
const eksFields = [
  'awsAccountId',
  'fireworksManagerRole',
  'clusterName',
  'storageBucketName',
  'metricWriterRole',
  'loadBalancerControllerRole',
  'workloadIdentityPoolProviderId',
  'inferenceRole',
] as const

const fakeFields = ['projectId', 'location', 'clusterName'] as const

/** What a create sends of a cluster: the fields that may be set, and of those the ones that say something. */
export function clusterBody(wanted: Wanted): JsonObject {
  const eks = blockOf(wanted.spec, 'eks')
  const fake = blockOf(wanted.spec, 'fake')
  const region = wanted.region === null ? {} : { region: wanted.region }
  return {
    ...(wanted.displayName === '' ? {} : { displayName: wanted.displayName }),
    ...(eks === null ? {} : { eksCluster: { ...said(eks, eksFields), ...region } }),
    ...(fake === null ? {} : { fakeCluster: said(fake, fakeFields) }),
  }
}

/** What an answer says of one cluster. Fields that have no place in a spec, hidden ones among them, are left out. */
export function observedFrom(cluster: JsonObject, answer: Answer, accountId: string): Observed {
  const id = clusterIdIn(cluster, answer, accountId)
  const eks = isJsonObject(cluster.eksCluster) ? cluster.eksCluster : null
  const fake = isJsonObject(cluster.fakeCluster) ? cluster.fakeCluster : null
  const providerState = providerStateOf(cluster)
  const createTime = Date.parse(textOf(cluster, 'createTime') ?? '')
  return {
    externalId: id,
    name: id,
    scope: '',
    region: textOf(eks, 'region'),
    displayName: textOf(cluster, 'displayName'),
    state: stateOf(providerState),
    stateReason: stateReasonOf(cluster),
    providerState,
    endpoint: null,
    spec: {
      ...(eks === null ? {} : { eks: said(eks, eksFields) }),
      ...(fake === null ? {} : { fake: said(fake, fakeFields) }),
    },
    createTime: Number.isNaN(createTime) ? null : createTime,
    details: detailsIn(cluster),
    requestId: answer.requestId,
  }
}

/** The facts of an answer that clustergate keeps as they are: the resource's name, its times, and its status even when that is OK. */
function detailsIn(cluster: JsonObject): Record<string, string> {
  const status = isJsonObject(cluster.status) ? cluster.status : null
  const facts = {
    name: textOf(cluster, 'name'),
    createTime: textOf(cluster, 'createTime'),
    updateTime: textOf(cluster, 'updateTime'),
    statusCode: textOf(status, 'code'),
    statusMessage: textOf(status, 'message'),
  }
  return Object.fromEntries(
    Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== null),
  )
}

/** The last part of `accounts/{account}/clusters/{cluster}`, which must be in the account that was asked. */
function clusterIdIn(cluster: JsonObject, answer: Answer, accountId: string): string {
  const [, account, id] = /^accounts\/([^/]+)\/clusters\/([^/]+)$/.exec(textOf(cluster, 'name') ?? '') ?? []
  if (account === undefined || id === undefined) throw notUnderstood(answer, 'a cluster has no resource name')
  if (account !== accountId) throw notUnderstood(answer, 'a cluster belongs to another account')
  return id
}

/** Absent, null and "" are one and the same on this wire. */
function said(block: JsonObject, fields: readonly string[]): JsonObject {
  const entries = fields.map((field) => [field, textOf(block, field)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== null))
}
