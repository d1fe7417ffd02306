import { auditActions, auditOutcomes } from '../audit.ts'
import type { FieldTypes } from './fields.ts'

const text = { type: 'text' } as const

/** The fields of an audit entry that a filter may name. */
export const auditFields = {
  id: text,
  time: { type: 'time' },
  action: { type: 'enum', values: auditActions },
  outcome: { type: 'enum', values: auditOutcomes },
  'actor.type': text,
  'actor.id': text,
  'actor.displayName': text,
  team: text,
  target: text,
  requestId: text,
  reason: text,
  'context.ip': text,
  'context.userAgent': text,
  'context.interface': text,
  'provider.id': text,
  'provider.requestId': text,
  age: { type: 'age', since: 'time' },
} as const satisfies FieldTypes
export type AuditField = Exclude<keyof typeof auditFields, 'age'>
