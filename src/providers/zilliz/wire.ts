import { ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../cluster/json.ts'
import type { Account, UpstreamRequest, UpstreamResponse } from '../../cluster/provider.ts'
import { parseJson, serverTimeMs } from '../reply.ts'
import { codeOf, failureOf, requestIdIn } from './errors.ts'
import { settingsOf } from './settings.ts'

export interface Ask {
  operation: string
  method: UpstreamRequest['method']
  /** Below `/v2`, with its query. */
  path: string
  /** The path names a cluster, so that a 404 is about it. */
  aboutCluster?: boolean
  body?: JsonObject
  headers?: Record<string, string>
}

/** What a success carries. */
export interface Reply {
  data: Json
  requestId: string | null
  httpStatus: number
  /** The provider's clock, in epoch milliseconds. */
  serverTimeMs: number | null
}

/** Makes one call and answers its `data`; everything that is not plainly a success is a `ProviderFailure`. */
export async function ask(account: Account, call: Ask): Promise<Reply> {
  const { operation, method, path } = call
  const response = await account.send({
    operation,
    method,
    url: `${settingsOf(account.settings).baseUrl}/v2${path}`,
    headers: {
      authorization: `Bearer ${account.apiKey}`,
      accept: 'application/json',
      'content-type': 'application/json',
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { body: call.body }),
  })
  const body = parseJson(response.text)
  if (!isSuccess(response, body)) {
    const { aboutCluster = false } = call
    throw failureOf(response, body, { changing: method !== 'GET', aboutCluster, apiKey: account.apiKey })
  }
  return {
    data: body.data ?? null,
    requestId: requestIdIn(response, body),
    httpStatus: response.status,
    serverTimeMs: serverTimeMs(response.headers),
  }
}

/** A refusal comes as HTTP 200 too: the code decides. It is 0, in the older style 200; data alone will do. */
function isSuccess(response: UpstreamResponse, body: Json | undefined): body is JsonObject {
  if (response.status < 200 || response.status > 299 || !isJsonObject(body)) return false
  const code = codeOf(body)
  return code === null ? (body.data ?? null) !== null : ['0', '200'].includes(code)
}

/** A success that lacks what it must tell. After a changing call the deed may well be done. */
export function notUnderstood(reply: Reply, what: string, applied: 'no' | 'unknown'): ProviderFailure {
  return new ProviderFailure({
    kind: 'protocol',
    applied,
    retryable: true,
    message: `Zilliz Cloud answered with success but ${what}.`,
    httpStatus: reply.httpStatus,
    requestId: reply.requestId ?? undefined,
  })
}

/** Makes one call about one cluster; `path` is what follows its own. An id of another shape would be another path. */
export async function askAbout(
  account: Account,
  externalId: string,
  call: Omit<Ask, 'aboutCluster'>,
): Promise<Reply> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(externalId)) {
    const message = 'This is not the id of a cluster at Zilliz Cloud.'
    throw new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message })
  }
  return ask(account, { ...call, path: `/clusters/${externalId}${call.path}`, aboutCluster: true })
}
