import { isJsonObject, type Json, type JsonObject } from '../cluster/json.ts'
import { type Columns, csvOf } from './text-formats.ts'

function within(member: string, field: string) {
  return (entry: JsonObject): Json | undefined => {
    const value = entry[member]
    return isJsonObject(value) ? value[field] : undefined
  }
}

const columns: Columns = {
  id: ({ id }) => id,
  time: ({ time }) => time,
  action: ({ action }) => action,
  outcome: ({ outcome }) => outcome,
  actorType: within('actor', 'type'),
  actorId: within('actor', 'id'),
  actor: within('actor', 'displayName'),
  authMethod: within('actor', 'authMethod'),
  issuer: within('actor', 'issuer'),
  onBehalfOf: within('onBehalfOf', 'id'),
  team: ({ team }) => team,
  targets: ({ targets }) => (Array.isArray(targets) ? targets.map(nameOf).join(' ') : ''),
  ip: within('context', 'ip'),
  userAgent: within('context', 'userAgent'),
  interface: within('context', 'interface'),
  requestId: ({ requestId }) => requestId,
  reason: ({ reason }) => reason,
  policyDecision: within('policy', 'decision'),
  provider: within('provider', 'id'),
  providerRequestId: within('provider', 'requestId'),
  providerHttpStatus: within('provider', 'httpStatus'),
  providerCode: within('provider', 'code'),
  changes: ({ changes }) => changes,
}

function nameOf(target: Json): string {
  return isJsonObject(target) ? `${target.displayName} (${target.id})` : ''
}

export const auditCsv = csvOf(columns)
