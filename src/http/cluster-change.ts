import type { Cluster } from '../cluster/cluster.ts'
import { isJsonObject, type JsonObject, mergePatch, sameJson } from '../cluster/json.ts'
import { type FieldError, invalid, Problem } from '../cluster/problem.ts'
import type { Adapter, Change } from '../cluster/provider.ts'
import type { ClusterPatch } from '../store/change-cluster.ts'
import { fieldErrors } from './field-errors.ts'

/** The fields of a merge patch that decide what becomes of a cluster. */
export interface WantedChange {
  name?: string | undefined
  displayName?: string | undefined
  labels?: Record<string, string | null> | undefined
  deletionProtection?: boolean | undefined
  /** Epoch milliseconds; null for never, undefined for as it is. */
  expireTime?: number | null | undefined
  spec?: JsonObject | undefined
}

type Before = Pick<Cluster, 'name' | 'displayName' | 'labels' | 'spec' | 'region' | 'externalId'>

const mostLabels = 64

/** What a patch makes of a cluster as it is now, checked by its provider's rules. */
export function decideChange(
  adapter: Adapter,
  settings: JsonObject,
  before: Before,
  wanted: WantedChange,
): ClusterPatch {
  const after = {
    name: wanted.name ?? before.name,
    displayName: wanted.displayName ?? before.displayName,
    labels: mergeLabels(before.labels, wanted.labels ?? {}),
    spec: mergeSpec(adapter, before.spec, wanted.spec ?? {}),
  }
  const changed = (['name', 'displayName', 'labels', 'spec'] as const).filter(
    (field) => !sameJson(before[field], after[field]),
  )
  const upstream = upstreamOf(adapter, after.spec, changed)
  requireAble(adapter, before, upstream)
  const errors = adapter
    .check({ ...after, region: before.region }, settings, before.spec)
    .filter(({ pointer }) =>
      changed.some((field) => pointer === `/${field}` || pointer.startsWith(`/${field}/`)),
    )
  if (errors.length > 0) throw invalid(errors)
  return {
    ...after,
    ...(wanted.deletionProtection !== undefined && { deletionProtection: wanted.deletionProtection }),
    ...(wanted.expireTime !== undefined && { expireTime: wanted.expireTime }),
    upstream,
  }
}

/** What the provider must be asked to change; the rest is the gateway's own. */
function upstreamOf(
  adapter: Adapter,
  spec: JsonObject,
  changed: readonly (keyof Change)[],
): (keyof Change)[] {
  const kept: readonly string[] = ['name', 'spec', ...adapter.upstreamFields(spec)]
  return changed.filter((field) => kept.includes(field))
}

function requireAble(adapter: Adapter, before: Before, upstream: readonly (keyof Change)[]): void {
  if (upstream.length === 0) return
  const verb = upstream.includes('name') ? 'rename' : 'update'
  const refusal = adapter.refusal(verb, before)
  if (refusal !== null) throw new Problem('unsupported-by-provider', refusal)
}

function mergeLabels(
  before: Record<string, string>,
  patch: Record<string, string | null>,
): Record<string, string> {
  const merged = { ...before }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = value
  }
  if (Object.keys(merged).length <= mostLabels) return merged
  throw invalid([{ pointer: '/labels', detail: `may be ${mostLabels} at the most` }])
}

/** The whole spec as it shall be. It must satisfy the provider's schema, and differ only where it may. */
function mergeSpec(adapter: Adapter, before: JsonObject, patch: JsonObject): JsonObject {
  const merged = mergePatch(before, patch)
  if (sameJson(before, merged)) return before
  const read = adapter.specSchema.safeParse(merged)
  if (!read.success) throw invalid(fieldErrors(read.error, '/spec'))
  const after = isJsonObject(merged) ? merged : {}
  const fixed = Object.keys({ ...before, ...after })
    .filter((field) => !sameJson(before[field], after[field]) && !adapter.mutableSpecFields.includes(field))
    .map((field): FieldError => ({ pointer: `/spec/${field}`, detail: 'is immutable' }))
  if (fixed.length > 0) throw invalid(fixed)
  return read.data
}
