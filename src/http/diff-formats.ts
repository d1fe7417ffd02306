import { isJsonObject, type Json, type JsonObject } from '../cluster/json.ts'
import { type Columns, csvOf } from './text-formats.ts'

function ofCluster(field: string) {
  return [field, ({ cluster }: JsonObject) => (isJsonObject(cluster) ? cluster[field] : undefined)] as const
}

/** One thing of each of several, with spaces between them. */
function each(list: Json | undefined, read: (item: JsonObject) => Json | undefined): string {
  return (Array.isArray(list) ? list : []).map((item) => (isJsonObject(item) ? read(item) : '')).join(' ')
}

const columns: Columns = {
  change: ({ change }) => change,
  ...Object.fromEntries(
    ['id', 'name', 'team', 'provider', 'connection', 'region', 'state', 'createTime', 'updateTime'].map(
      ofCluster,
    ),
  ),
  changed: ({ changes }) => each(changes, ({ path }) => path),
  actions: ({ acts }) => each(acts, ({ action }) => action),
  actors: ({ acts }) => each(acts, ({ actor }) => (isJsonObject(actor) ? actor.id : null)),
  auditEntries: ({ acts }) => each(acts, ({ auditEntry }) => auditEntry),
}

export const diffCsv = csvOf(columns)
