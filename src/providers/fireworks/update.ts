import { ProviderFailure } from '../../cluster/failure.ts'
import type { JsonObject } from '../../cluster/json.ts'
import type { Account, Change, Observed } from '../../cluster/provider.ts'
import { call, clusterPath } from './request.ts'
import { fixedFields } from './rules.ts'
import { blockOf, textOf } from './spec.ts'

/** The fields of `eks` that can be changed. The account, the cluster's name and the kind stay as they were made. */
const mutableFields = [
  'fireworksManagerRole',
  'storageBucketName',
  'metricWriterRole',
  'loadBalancerControllerRole',
  'workloadIdentityPoolProviderId',
  'inferenceRole',
] as const

/** Everything that changes goes in one call, so there is one step. */
const step = 'patch'

export async function update(
  account: Account,
  observed: Observed,
  change: Change,
  done: readonly string[],
): Promise<{ step: string | null; requestId: string | null }> {
  refuseImmutable(observed, change)
  const { body, mask } = patchFor(observed, change)
  if (done.includes(step) || mask.length === 0) return { step: null, requestId: null }
  const { requestId } = await call(account, {
    operation: 'updateCluster',
    method: 'PATCH',
    path: clusterPath(account, observed.externalId),
    // Without the mask, what the body leaves out may be taken as cleared.
    query: { updateMask: mask.join(',') },
    body,
  })
  return { step, requestId }
}

function patchFor(observed: Observed, change: Change): { body: JsonObject; mask: string[] } {
  const { displayName } = change
  const renamed = displayName !== undefined && displayName !== (observed.displayName ?? '')
  const eksCluster = change.spec === undefined ? {} : eksChanges(observed.spec, change.spec)
  const fields = Object.keys(eksCluster)
  return {
    // An empty eksCluster would stand for the whole of it, and wipe it.
    body: { ...(renamed ? { displayName } : {}), ...(fields.length > 0 ? { eksCluster } : {}) },
    mask: [
      ...(renamed ? ['display_name'] : []),
      ...fields.map(
        (field) => `eks_cluster.${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
      ),
    ],
  }
}

/** The fields to set, and as "" those to clear. */
function eksChanges(before: JsonObject, after: JsonObject): JsonObject {
  const had = blockOf(before, 'eks')
  const wants = blockOf(after, 'eks')
  if (wants === null) return {}
  const changed = mutableFields.filter((field) => {
    if (textOf(wants, field) === textOf(had, field)) return false
    return !(field === 'fireworksManagerRole' && textOf(wants, field) === null && isDefaultRole(had))
  })
  return Object.fromEntries(changed.map((field) => [field, textOf(wants, field) ?? '']))
}

/** The manager role that Fireworks computes where none is given; to want none is to want this one. */
function isDefaultRole(eks: JsonObject | null): boolean {
  const [, , service, , owner, role] = (textOf(eks, 'fireworksManagerRole') ?? '').split(':')
  return service === 'iam' && owner === textOf(eks, 'awsAccountId') && role === 'role/FireworksManagerRole'
}

function refuseImmutable(observed: Observed, change: Change): void {
  if (change.name !== undefined && change.name !== observed.name) {
    refuse('unsupported', 'name: it is the id of the cluster at Fireworks and cannot be changed')
  }
  if (change.spec === undefined) return
  for (const kind of ['eks', 'fake'] as const) {
    const had = blockOf(observed.spec, kind)
    const wants = blockOf(change.spec, kind)
    if ((had === null) !== (wants === null))
      refuse('invalid', `spec.${kind}: the kind of a cluster cannot be changed`)
    const field = fixedFields[kind].find((name) => textOf(wants, name) !== textOf(had, name))
    if (field !== undefined)
      refuse('invalid', `spec.${kind}.${field}: it cannot be changed after the cluster was made`)
  }
}

function refuse(kind: 'invalid' | 'unsupported', message: string): never {
  throw new ProviderFailure({ kind, applied: 'no', retryable: false, message: `${message}.` })
}
