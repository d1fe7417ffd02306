import { isJsonObject, type JsonObject } from '../../cluster/json.ts'
import type { FieldError } from '../../cluster/problem.ts'
import type { Wanted } from '../../cluster/provider.ts'
import { labelErrors } from './labels.ts'
import { isChina, type Settings, settingsOf } from './settings.ts'
import { type Autoscaling, type DedicatedSpec, type Spec, specSchema } from './spec.ts'

export const nameRule = {
  pattern: '^[A-Za-z0-9-]{1,32}$',
  maxLength: 32,
  description: 'Letters, digits and hyphens, 32 at most.',
} as const

/** The rules that are certain. Sizes and products that the provider's own pages disagree about are left to it. */
export function check(wanted: Wanted, settings: JsonObject, current: JsonObject | null): FieldError[] {
  const errors: FieldError[] = []
  if (!new RegExp(nameRule.pattern).test(wanted.name)) {
    errors.push({ pointer: '/name', detail: `must match ${nameRule.pattern}` })
  }
  const parsed = specSchema.safeParse(wanted.spec)
  if (!parsed.success) return [...errors, ...parsed.error.issues.map(toFieldError)]
  const spec = parsed.data
  const ownCloud = spec.plan === 'DEDICATED' && spec.bucketInfo !== undefined
  if (!wanted.region && !ownCloud) {
    errors.push({ pointer: '/region', detail: 'is required: the id of a region, such as gcp-us-west1' })
  }
  if (spec.plan === 'DEDICATED') {
    errors.push(...dedicatedErrors(spec, settingsOf(settings), current), ...labelErrors(wanted.labels))
    if (current === null) errors.push(...createErrors(spec))
  }
  if (current !== null) errors.push(...updateErrors(spec, current))
  return errors
}

function toFieldError(issue: { path: PropertyKey[]; message: string }): FieldError {
  return { pointer: ['/spec', ...issue.path.map(String)].join('/'), detail: issue.message }
}

function dedicatedErrors(spec: DedicatedSpec, settings: Settings, current: JsonObject | null): FieldError[] {
  const { tier, description } = spec
  const errors = [...sizeErrors(spec, current), ...rangeErrors(spec.autoscaling)]
  if (tier !== undefined && tier !== 'Enterprise' && isChina(settings)) {
    errors.push({ pointer: '/spec/tier', detail: 'must be Enterprise, the only one in China' })
  }
  if (description !== undefined && settings.orgId === undefined) {
    errors.push({
      pointer: '/spec/description',
      detail: "of a dedicated cluster needs the connection's `orgId`",
    })
  }
  return errors
}

/** What the provider takes only once the cluster is there. */
function createErrors({ description, autoscaling }: DedicatedSpec): FieldError[] {
  const errors: FieldError[] = []
  const later = 'cannot be given at the create of a dedicated cluster; PATCH it in once the cluster is READY'
  if (description !== undefined) errors.push({ pointer: '/spec/description', detail: later })
  if (autoscaling?.replica !== undefined) errors.push({ pointer: '/spec/autoscaling/replica', detail: later })
  if (autoscaling?.cu !== undefined && 'schedules' in autoscaling.cu) {
    errors.push({ pointer: '/spec/autoscaling/cu/schedules', detail: later })
  }
  return errors
}

/** Descriptions of free and serverless clusters are given at their create, or never. */
function updateErrors(spec: Spec, current: JsonObject): FieldError[] {
  const fixed = spec.plan !== 'DEDICATED' && (spec.description ?? null) !== (current.description ?? null)
  return fixed
    ? [{ pointer: '/spec/description', detail: `of a ${spec.plan} cluster cannot be changed` }]
    : []
}

function sizeErrors(
  { tier, cuSize, replica, autoscaling }: DedicatedSpec,
  current: JsonObject | null,
): FieldError[] {
  const errors: FieldError[] = []
  if (cuSize === undefined && autoscaling?.cu === undefined) {
    errors.push({ pointer: '/spec/cuSize', detail: 'is required, unless autoscaling.cu is given' })
  }
  // A size beside a range, unchanged, is what the service told of where it has scaled to.
  if (cuSize !== undefined && autoscaling?.cu !== undefined && !isTold(cuSize, current)) {
    errors.push({ pointer: '/spec/cuSize', detail: 'excludes autoscaling.cu' })
  }
  if (replica !== undefined && autoscaling?.replica !== undefined) {
    errors.push({ pointer: '/spec/replica', detail: 'excludes autoscaling.replica' })
  }
  if (replica !== undefined && replica > 1) {
    if (cuSize !== undefined && cuSize < 8) {
      errors.push({ pointer: '/spec/cuSize', detail: 'must be at least 8 for more than one replica' })
    }
    if (tier === 'Standard') {
      errors.push({
        pointer: '/spec/tier',
        detail: 'must be Enterprise or BusinessCritical for more than one replica',
      })
    }
  }
  return errors
}

function isTold(cuSize: number, current: JsonObject | null): boolean {
  const autoscaling = current?.autoscaling
  return cuSize === current?.cuSize && isJsonObject(autoscaling) && autoscaling.cu !== undefined
}

function rangeErrors(autoscaling: Autoscaling | undefined): FieldError[] {
  return (['cu', 'replica'] as const).flatMap((half) => {
    const policy = autoscaling?.[half]
    if (policy === undefined || !('min' in policy) || policy.min <= policy.max) return []
    return [{ pointer: `/spec/autoscaling/${half}/min`, detail: 'must not exceed max' }]
  })
}
