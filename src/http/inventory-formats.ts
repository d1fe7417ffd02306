import { isJsonObject, type Json, type JsonObject } from '../cluster/json.ts'

export const ndjsonType = 'application/x-ndjson'
export const csvType = 'text/csv'

/** A cluster a line. */
export function toNdjson(documents: readonly string[]): string {
  return documents.map((document) => `${document}\n`).join('')
}

const columns: Record<string, (cluster: JsonObject) => Json | undefined> = {
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

/** RFC 4180, with a line of names first. */
export function toCsv(documents: readonly string[]): string {
  const clusters = documents.map((document) => JSON.parse(document) as JsonObject)
  const rows = clusters.map((cluster) => Object.values(columns).map((read) => cell(read(cluster) ?? '')))
  return [Object.keys(columns), ...rows].map((row) => `${row.join(',')}\r\n`).join('')
}

function cell(value: Json): string {
  const text = String(value)
  // A spreadsheet would carry out what begins like a formula; an apostrophe makes it text.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
