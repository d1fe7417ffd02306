import type { JsonObject } from '../../cluster/json.ts'
import type { PolicyTerms, Shape } from '../../cluster/policy.ts'
import { blockOf } from './spec.ts'

/** Machines are the customer's own and not told of here: there is no unit to count. */
export const policyTerms: PolicyTerms = {
  plans: ['eks', 'fake'],
  units: [],
  sizes: [],
  options: {},
  region: /^(?!(aws|gcp|az|ali|tc)-)[a-z]{2,5}(-[a-z]+)+-\d+$/,
}

/** The kind of a cluster takes the place of a plan. */
export function shapeOf(spec: JsonObject): Shape {
  const plan = (['eks', 'fake'] as const).find((kind) => blockOf(spec, kind) !== null) ?? null
  return { plan, units: {}, sizes: {}, options: {} }
}
