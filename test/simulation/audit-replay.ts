import type { AuditEntry } from '../../src/cluster/audit.ts'
import { type Change, isJsonObject, type Json, type JsonObject, sameJson } from '../../src/cluster/json.ts'
import type { ClusterRow } from '../../src/store/cluster-rows.ts'
import type { Store } from '../../src/store/store.ts'
import { allAuditEntries } from './rows.ts'

/** Follow from the rest, or from when somebody looked. */
const untold = ['etag', 'updateTime', 'observedTime', 'observedVia', 'drift']
const untoldOfOperation = ['startTime', 'endTime', 'nextAttemptTime']

/**
 * The audit log tells everything that became of a cluster: replayed from the answer to its create, entry by entry,
 * it must lead to the inventory's present.
 */
export async function replayAudit(
  store: Store,
  rows: ClusterRow[],
  created: JsonObject[],
): Promise<string[]> {
  const entries = (await allAuditEntries(store)).map(({ document }) => JSON.parse(document) as AuditEntry)
  const byTarget = Map.groupBy(entries, ({ targets }) => targets[0]?.id)
  return created.flatMap((first) => {
    const row = rows.find(({ id }) => id === first.id)
    if (!row) return []
    const changes = (byTarget.get(row.id) ?? [])
      .filter(({ action }) => action !== 'cluster.create')
      .flatMap((entry) => entry.changes)
    return replay(told(first), changes, told(JSON.parse(row.document)), row.id)
  })
}

function told(document: JsonObject): JsonObject {
  const shown = Object.fromEntries(Object.entries(document).filter(([key]) => !untold.includes(key)))
  const { operation } = document
  if (!isJsonObject(operation)) return shown
  const kept = Object.entries(operation).filter(([key]) => !untoldOfOperation.includes(key))
  return { ...shown, operation: Object.fromEntries(kept) }
}

function replay(from: JsonObject, changes: Change[], to: JsonObject, id: string): string[] {
  let state: Json = from
  for (const { path, before, after } of changes) {
    const keys = path.split('/').slice(1).map(unescaped)
    if (!same(valueAt(state, keys), before)) {
      const found = JSON.stringify(valueAt(state, keys))
      return [`the audit log of ${id} says that ${path} was ${JSON.stringify(before)}; it was ${found}`]
    }
    state = withValue(state, keys, after)
  }
  return Object.keys(to)
    .filter((key) => !same(isJsonObject(state) ? state[key] : null, to[key]))
    .map((key) => `the audit log of ${id} does not explain ${key}: ${JSON.stringify(to[key])}`)
}

/** Absent, null and an object of nothing but nulls are one in an audit entry. */
function same(a: Json | undefined, b: Json | undefined): boolean {
  return sameJson(bare(a ?? null), bare(b ?? null))
}

function bare(value: Json): Json {
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value)
    .map(([key, item]) => [key, bare(item)] as const)
    .filter(([, item]) => item !== null)
  return Object.fromEntries(kept)
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function valueAt(document: Json, keys: string[]): Json {
  return keys.reduce<Json>((value, key) => (isJsonObject(value) ? (value[key] ?? null) : null), document)
}

function withValue(document: Json, [key, ...rest]: string[], value: Json): Json {
  if (key === undefined) return value
  const whole = isJsonObject(document) ? document : {}
  return { ...whole, [key]: withValue(whole[key] ?? null, rest, value) }
}
