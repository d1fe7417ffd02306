import { type Applied, type FailureKind, ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject, type Json } from '../../cluster/json.ts'
import type { UpstreamResponse } from '../../cluster/provider.ts'
import { providerWords, requestIdOf, retryAfterMs, scrub } from '../reply.ts'
import { absentCodes, absentOrForbiddenCode, catalogue } from './codes.ts'

/** The code of a body as text, verbatim; null where it has none. */
export function codeOf(body: Json | undefined): string | null {
  if (!isJsonObject(body)) return null
  const { code } = body
  return typeof code === 'number' || (typeof code === 'string' && code !== '') ? String(code) : null
}

/** The provider's id of the request: its own header, else what an error body carries. */
export function requestIdIn(response: UpstreamResponse, body: Json | undefined): string | null {
  const inBody = isJsonObject(body) && typeof body.requestId === 'string' ? body.requestId : null
  return requestIdOf(response.headers) ?? inBody?.slice(0, 200) ?? null
}

interface Refusal {
  kind: FailureKind
  applied: Applied
}

const transient: ReadonlySet<FailureKind> = new Set([
  'rate-limited',
  'unavailable',
  'wrong-state',
  'protocol',
])

/** Turns an answer that is not a success into the failure it stands for. */
export function failureOf(
  response: UpstreamResponse,
  body: Json | undefined,
  call: { changing: boolean; aboutCluster: boolean; apiKey: string },
): ProviderFailure {
  const code = codeOf(body)
  const message = messageOf(response, body, call.apiKey)
  const refusal =
    body === undefined ? classifyPage(response.status) : classify(response.status, code, message)
  // A missing route, or a project that is not there, is no missing cluster.
  const kind = refusal.kind === 'not-found' && !call.aboutCluster ? 'invalid' : refusal.kind
  return new ProviderFailure({
    kind,
    applied: call.changing ? refusal.applied : 'no',
    retryable: transient.has(kind),
    message,
    retryAfterMs: retryAfterMs(response.headers),
    httpStatus: response.status,
    code: code === null ? undefined : scrub(code, call.apiKey).slice(0, 100),
    requestId: requestIdIn(response, body) ?? undefined,
  })
}

function messageOf(response: UpstreamResponse, body: Json | undefined, apiKey: string): string {
  const answered = `Zilliz Cloud answered with HTTP ${response.status}`
  if (body === undefined) {
    const page = isQuotable(response) ? providerWords(response.text, apiKey) : ''
    return page === '' ? `${answered} and nothing that could be read.` : `${answered} and no JSON: ${page}`
  }
  const candidates = isJsonObject(body) ? [body.message, body.error, body.msg] : []
  const text = candidates.find((part) => typeof part === 'string' && part.trim() !== '')
  const said = typeof text === 'string' ? providerWords(text, apiKey) : ''
  return said || `${answered} and no message.`
}

/** A success that was cut short may hold a password, so that only what is plainly an error page is quoted. */
function isQuotable(response: UpstreamResponse): boolean {
  return response.status >= 300 && !/^\s*[{["]/.test(response.text)
}

/**
 * What kind of no it is, and whether the call may have happened anyway. A refusal that is understood did nothing; a
 * fault of the service, a page that is not JSON, or a code that nobody has explained may have come after the deed.
 */
function classify(status: number, code: string | null, message: string): Refusal {
  if (status === 401 || status === 429) return refused(kindOfStatus(status))
  const known = code === null ? undefined : catalogue.get(code)
  if (status >= 500) return { kind: known ?? 'unavailable', applied: 'unknown' }
  if (known !== undefined) return refused(known)
  if (code === null && status < 400) return refused('protocol')
  return classifyUnknownCode(status, Number(code), message)
}

/** Whoever sent it, it was not the service's own API, unless to say that the key is refused or the rate too high. */
function classifyPage(status: number): Refusal {
  const kind = kindOfStatus(status)
  return { kind, applied: status === 401 || status === 429 ? 'no' : 'unknown' }
}

function classifyUnknownCode(status: number, code: number, message: string): Refusal {
  if ([402, 403, 404, 409].includes(status)) return refused(kindOfStatus(status))
  if (code >= 400 && code < 600) return refused(kindOfStatus(code))
  const told = kindOfMessage(message)
  if (told !== null) return refused(told)
  return status >= 400 ? refused(kindOfStatus(status)) : { kind: 'invalid', applied: 'unknown' }
}

function refused(kind: FailureKind): Refusal {
  return { kind, applied: kind === 'unavailable' || kind === 'protocol' ? 'unknown' : 'no' }
}

function kindOfStatus(status: number): FailureKind {
  if (status >= 500 || status === 408 || status === 425) return 'unavailable'
  if (status < 400) return 'protocol'
  const kinds: Record<number, FailureKind> = {
    401: 'unauthenticated',
    402: 'quota',
    403: 'forbidden',
    404: 'not-found',
    409: 'wrong-state',
    429: 'rate-limited',
  }
  return kinds[status] ?? 'invalid'
}

/** No catalogue has a code for a full quota, and codes are added without notice: the words then have to tell. */
const words: readonly [RegExp, FailureKind][] = [
  [/rate limit|too many requests|throttl/i, 'rate-limited'],
  [/internal|time(d)?[ -]?out|temporar|unavailable|try again|retry later|system error/i, 'unavailable'],
  [/name .*(exists|taken|duplicate)|duplicate.* name/i, 'name-taken'],
  [/quota|exceed|limit|maximum|payment|billing|balance|credit|arrears/i, 'quota'],
  [/current status|in progress|being (created|modified|deleted|resumed|suspended)/i, 'wrong-state'],
  [/permission|forbidden|not authori[sz]ed|no access|denied/i, 'forbidden'],
  [/cluster .*(not found|not exist)/i, 'not-found'],
  [/not support|unsupported/i, 'unsupported'],
  [/invalid|illegal|incorrect|missing|required|must /i, 'invalid'],
]

function kindOfMessage(message: string): FailureKind | null {
  return words.find(([pattern]) => pattern.test(message))?.[1] ?? null
}

/**
 * What a failure says of a cluster's absence: `plain`, or `hinted` when it may as well be a lack of permission, a
 * stray 404 or a turn of phrase, which only a complete list can settle. Null when it says nothing of it.
 */
export function absenceIn(failure: unknown): 'plain' | 'hinted' | null {
  if (!(failure instanceof ProviderFailure)) return null
  if (failure.kind !== 'not-found') return failure.code === absentOrForbiddenCode ? 'hinted' : null
  const plain = failure.code !== null && absentCodes.has(failure.code) && (failure.httpStatus ?? 0) < 500
  return plain ? 'plain' : 'hinted'
}
