import { isJsonObject, type Json, type JsonObject } from '../../cluster/json.ts'
import type { PolicyTerms, Shape } from '../../cluster/policy.ts'
import { cuTypes, tiers } from './spec.ts'

export const policyTerms: PolicyTerms = {
  plans: ['SERVERLESS', 'FREE', 'DEDICATED'],
  units: ['cu'],
  sizes: ['cuSize', 'replica'],
  options: { tier: tiers, cuType: cuTypes },
  region: /^(aws|gcp|az|ali|tc)-[a-z0-9-]+$/,
}

/** The compute units of a dedicated cluster are its size times its replicas, at the largest that it may scale to. */
export function shapeOf(spec: JsonObject): Shape {
  const plan = textOr(spec.plan, null)
  if (plan !== 'DEDICATED') return { plan, units: {}, sizes: {}, options: {} }
  const scaling = isJsonObject(spec.autoscaling) ? spec.autoscaling : {}
  const cuSize = rangeOf(spec.cuSize, scaling.cu)
  const replica = rangeOf(spec.replica, scaling.replica) ?? { least: 1, most: 1 }
  return {
    plan,
    units: { cu: (cuSize?.most ?? 1) * replica.most },
    sizes: { ...(cuSize && { cuSize }), replica },
    options: { tier: textOr(spec.tier, null), cuType: textOr(spec.cuType, null) },
  }
}

function textOr<T>(value: Json | undefined, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise
}

/** A size, and the bounds within which it scales, be it by load or by the clock. */
function rangeOf(size: Json | undefined, policy: Json | undefined) {
  const { min, max, schedules } = isJsonObject(policy) ? policy : {}
  const targets = Array.isArray(schedules)
    ? schedules.map((schedule) => (isJsonObject(schedule) ? schedule.target : null))
    : []
  const values = [size, min, max, ...targets].filter((value) => typeof value === 'number')
  return values.length === 0 ? undefined : { least: Math.min(...values), most: Math.max(...values) }
}
