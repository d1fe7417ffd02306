import type { ClusterState } from '../../cluster/cluster.ts'
import { isJsonObject, type JsonObject } from '../../cluster/json.ts'
import { plainText } from '../reply.ts'
import { codeName } from './codes.ts'
import { withoutKeys } from './error-body.ts'

const states: Readonly<Record<string, ClusterState>> = {
  CREATING: 'CREATING',
  READY: 'READY',
  DELETING: 'DELETING',
  FAILED: 'FAILED',
}

/** Our word for Fireworks' state. What it does not say, or says in a word of its own, is unknown, never failed. */
export function stateOf(providerState: string): ClusterState {
  return Object.hasOwn(states, providerState) ? (states[providerState] ?? 'UNKNOWN') : 'UNKNOWN'
}

/** Fireworks' own word; `STATE_UNSPECIFIED` is what leaving it out means. */
export function providerStateOf(cluster: JsonObject): string {
  const { state } = cluster
  return typeof state === 'string' && state !== '' ? state : 'STATE_UNSPECIFIED'
}

/**
 * What `status` says when it is not simply OK. It explains and decides nothing: a READY cluster may carry the status
 * of something else that went wrong.
 */
export function stateReasonOf(cluster: JsonObject): string | null {
  const status = isJsonObject(cluster.status) ? cluster.status : {}
  const code = codeName(status.code) ?? (typeof status.code === 'string' ? status.code : '')
  const message = typeof status.message === 'string' ? plainText(withoutKeys(status.message), 1000) : ''
  if (code === 'OK' || code === '') return cluster.state === 'FAILED' && message !== '' ? message : null
  return message === '' ? code : `${code}: ${message}`
}
