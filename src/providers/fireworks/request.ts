import { ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject, type JsonObject } from '../../cluster/json.ts'
import type { Account, UpstreamRequest } from '../../cluster/provider.ts'
import { parseJson, serverTimeMs } from '../reply.ts'
import { failureIn, requestIdIn } from './errors.ts'
import { readSettings } from './settings.ts'

export interface Call {
  operation: string
  method: UpstreamRequest['method']
  /** Below `/v1`, encoded. */
  path: string
  query?: Record<string, string>
  body?: JsonObject
}

/** An answer that is no error, with what is needed to say where it came from. */
export interface Answer {
  json: JsonObject
  requestId: string | null
  /** The provider's clock, epoch milliseconds. */
  timeMs: number | null
  httpStatus: number
  /** The call could have changed something. */
  changed: boolean
}

/** Path of an account's clusters, or of one of them. */
export function clusterPath(account: Account, clusterId?: string): string {
  const collection = `/accounts/${encodeURIComponent(readSettings(account.settings).accountId)}/clusters`
  if (clusterId === undefined) return collection
  if (['', '.', '..'].includes(clusterId)) {
    // A URL would swallow these, and the call would go to the collection or to the account.
    const message = 'The id of a cluster is needed.'
    throw new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message })
  }
  return `${collection}/${encodeURIComponent(clusterId)}`
}

/** Makes one call and fails unless the answer is a JSON object that tells of no error. */
export async function call(account: Account, request: Call): Promise<Answer> {
  const { baseUrl, accountId } = readSettings(account.settings)
  const { operation, method, path, query, body } = request
  const search = query === undefined ? '' : `?${new URLSearchParams(query)}`
  const response = await account.send({
    operation,
    method,
    url: `${baseUrl}/v1${path}${search}`,
    headers: {
      authorization: `Bearer ${account.apiKey}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  })

  const reads = method === 'GET'
  const collection = /^\/accounts\/[^/]+\/clusters$/.test(path)
  const creates = method === 'POST' && collection
  const failure = failureIn(response, { reads, creates, collection, accountId, apiKey: account.apiKey })
  if (failure) throw failure

  const answer = {
    requestId: requestIdIn(response.headers),
    timeMs: serverTimeMs(response.headers),
    httpStatus: response.status,
    changed: !reads,
  }
  const empty = method === 'DELETE' && response.text.trim() === ''
  const json = empty ? {} : parseJson(response.text)
  if (!isJsonObject(json)) throw notUnderstood(answer, 'it is not a JSON object')
  return { ...answer, json }
}

/** An answer that says yes but cannot be read: what it answers may well have happened. */
export function notUnderstood(answer: Omit<Answer, 'json'>, why: string): ProviderFailure {
  return new ProviderFailure({
    kind: 'protocol',
    applied: answer.changed ? 'unknown' : 'no',
    retryable: true,
    message: `Fireworks' answer could not be understood: ${why}.`,
    httpStatus: answer.httpStatus,
    requestId: answer.requestId ?? undefined,
  })
}
