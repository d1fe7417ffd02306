import { isJsonObject, type JsonObject } from '../cluster/json.ts'
import { type Columns, csvOf } from './text-formats.ts'

const columns: Columns = {
  ...Object.fromEntries(
    [
      'id',
      'name',
      'displayName',
      'provider',
      'connection',
      'team',
      'region',
      'state',
      'stateReason',
      'providerState',
    ]
      .concat(['externalId', 'endpoint', 'credentialState', 'management', 'deletionProtection', 'expireTime'])
      .concat(['createTime', 'updateTime', 'readyTime', 'deleteTime', 'observedTime', 'observedVia'])
      .map((field) => [field, (cluster: JsonObject) => cluster[field]]),
  ),
  createdBy: ({ createdBy }) => (isJsonObject(createdBy) ? createdBy.displayName : null),
  operationKind: ({ operation }) => (isJsonObject(operation) ? operation.kind : null),
  operationStatus: ({ operation }) => (isJsonObject(operation) ? operation.status : null),
  labels: ({ labels }) =>
    Object.entries(isJsonObject(labels) ? labels : {})
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
}

/** A line of names, then a cluster a line. */
export function toCsv(documents: readonly string[]): string {
  return inventoryCsv.head + inventoryCsv.lines(documents)
}

export const inventoryCsv = csvOf(columns)
