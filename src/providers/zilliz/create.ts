import { ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../cluster/json.ts'
import type { Account, Created, Credentials, Wanted } from '../../cluster/provider.ts'
import { type DedicatedSpec, type Plan, specSchema } from './spec.ts'
import { ask, notUnderstood } from './wire.ts'

const operations: Record<Plan, string> = {
  SERVERLESS: 'createServerless',
  FREE: 'createFree',
  DEDICATED: 'createDedicated',
}

/**
 * Asks for one cluster, once. The service has no idempotency key: only the unique name guards against a second one,
 * and the password is in this answer and in no other.
 */
export async function create(account: Account, wanted: Wanted): Promise<Created> {
  const { operation, body } = requestFor(wanted)
  const reply = await ask(account, { operation, method: 'POST', path: `/clusters/${operation}`, body })
  const data = isJsonObject(reply.data) ? reply.data : {}
  if (typeof data.clusterId !== 'string' || data.clusterId === '') {
    throw notUnderstood(reply, 'did not tell the id of the new cluster', 'unknown')
  }
  return {
    externalId: data.clusterId,
    credentials: credentialsIn(data),
    observed: null,
    ...(typeof data.prompt === 'string' && { details: { prompt: data.prompt } }),
    requestId: reply.requestId,
  }
}

function requestFor(wanted: Wanted): { operation: string; body: JsonObject } {
  const parsed = specSchema.safeParse(wanted.spec)
  if (!parsed.success) throw impossible('The spec is not one that Zilliz Cloud takes.')
  const spec = parsed.data
  const common = {
    clusterName: wanted.name,
    projectId: spec.projectId,
    ...(wanted.region === null ? {} : { regionId: wanted.region }),
  }
  const rest =
    spec.plan === 'DEDICATED'
      ? dedicatedFields(spec, wanted.labels)
      : present({ description: spec.description })
  return { operation: operations[spec.plan], body: { ...common, ...rest } }
}

function dedicatedFields(spec: DedicatedSpec, labels: Record<string, string>): JsonObject {
  const { tier, cuType, cuSize, replica, autoscaling, bucketInfo, keyIdentifier } = spec
  return present({
    plan: tier,
    cuType,
    cuSize,
    replica,
    autoscaling: autoscaling && { cu: rangeAtCreate(autoscaling) },
    labels: Object.keys(labels).length === 0 ? undefined : labels,
    bucketInfo: bucketInfo && present(bucketInfo),
    keyIdentifier,
  })
}

/** A create takes a range of compute units only; what it would drop without a word is refused. */
function rangeAtCreate({ cu, replica }: NonNullable<DedicatedSpec['autoscaling']>): JsonObject {
  if (replica !== undefined || cu === undefined || 'schedules' in cu) {
    throw impossible(
      'A cluster is created with `autoscaling.cu` of `min` and `max` only; schedules and replicas follow by an update.',
    )
  }
  return { min: cu.min, max: cu.max }
}

function credentialsIn({ username, password }: JsonObject): Credentials | null {
  return typeof username === 'string' && typeof password === 'string' ? { username, password } : null
}

function present(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, Json] => field[1] !== undefined),
  )
}

function impossible(message: string): ProviderFailure {
  return new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message })
}
