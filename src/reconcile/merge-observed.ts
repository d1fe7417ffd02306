import { isJsonObject, type JsonObject, sameJson } from '../cluster/json.ts'
import type { Change, Observed } from '../cluster/provider.ts'
import type { ClusterRow, NewClusterRow } from '../store/cluster-rows.ts'

/** What the provider tells overrides what was asked; what it does not tell stays. */
export function mergeSpec(spec: JsonObject, seen: JsonObject): JsonObject {
  const merged: JsonObject = { ...spec }
  for (const [key, value] of Object.entries(seen)) {
    const current = merged[key]
    merged[key] = isJsonObject(current) && isJsonObject(value) ? mergeSpec(current, value) : value
  }
  return merged
}

/** The facts of an observation that go into the row whatever operation is under way. */
export function observedFacts(row: ClusterRow, observed: Observed, now: number): Partial<NewClusterRow> {
  return {
    providerState: observed.providerState,
    providerDetails: { ...row.providerDetails, ...observed.details },
    endpoint: observed.endpoint ?? row.endpoint,
    region: observed.region ?? row.region,
    observedTime: now,
    observedVia: 'poll',
  }
}

/** Whether an observation shows what an update was to bring about, as far as it shows anything of it. */
export function reflects(observed: Observed, change: Change): boolean {
  if (change.name !== undefined && observed.name !== change.name) return false
  const seen = observed.spec
  return Object.entries(change.spec ?? {}).every(
    ([key, value]) =>
      seen[key] === undefined ||
      sameJson(mergeSpec({ [key]: seen[key] }, { [key]: value }), { [key]: seen[key] }),
  )
}
