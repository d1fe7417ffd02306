import {
  clusterStates,
  credentialStates,
  managements,
  observedVias,
  operationKinds,
  operationStatuses,
} from '../cluster.ts'
import type { FieldTypes } from './fields.ts'

const text = { type: 'text' } as const
const time = { type: 'time' } as const

/** The fields of a cluster that a filter may name. */
export const clusterFields = {
  id: text,
  name: text,
  displayName: text,
  provider: text,
  connection: text,
  team: text,
  region: text,
  state: { type: 'enum', values: clusterStates },
  stateReason: text,
  providerState: text,
  externalId: text,
  endpoint: text,
  credentialState: { type: 'enum', values: credentialStates },
  management: { type: 'enum', values: managements },
  deletionProtection: { type: 'boolean' },
  labels: { type: 'map' },
  'spec.plan': text,
  'spec.projectId': text,
  'createdBy.type': text,
  'createdBy.id': text,
  'createdBy.displayName': text,
  createTime: time,
  updateTime: time,
  readyTime: time,
  deleteTime: time,
  expireTime: time,
  observedTime: time,
  observedVia: { type: 'enum', values: observedVias },
  'operation.kind': { type: 'enum', values: operationKinds },
  'operation.status': { type: 'enum', values: operationStatuses },
  'operation.attempts': { type: 'number' },
  'operation.error.code': text,
  drift: { type: 'thing' },
  age: { type: 'age', since: 'createTime' },
  observedAge: { type: 'age', since: 'observedTime' },
} as const satisfies FieldTypes
export type ClusterField = Exclude<keyof typeof clusterFields, 'age' | 'observedAge' | 'labels'>
