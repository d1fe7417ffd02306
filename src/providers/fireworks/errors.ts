import { type FailureDetails, ProviderFailure } from '../../cluster/failure.ts'
import type { UpstreamResponse } from '../../cluster/provider.ts'
import { parseJson, plainText, requestIdOf, retryAfterMs, scrub } from '../reply.ts'
import { codeMeanings, type Meaning, statusMeaning } from './codes.ts'
import { type ErrorBody, isErrorDocument, readErrorBody, withoutKeys } from './error-body.ts'

/** What a call was, as far as the meaning of its refusal depends on it. */
export interface CallContext {
  /** It cannot change anything, whatever its answer. */
  reads: boolean
  /** It asks for a new cluster. */
  creates: boolean
  /** It is about the account's clusters as a whole, so no single cluster can be the reason of a refusal. */
  collection: boolean
  accountId: string
  apiKey: string
}

/** The id of a request, under the first of the headers in which Fireworks gives one. */
export function requestIdIn(headers: Readonly<Record<string, string>>): string | null {
  return requestIdOf(headers) ?? headers['x-fireworks-request-id'] ?? headers['cf-ray'] ?? null
}

/** The failure that an answer tells of; null when it tells of none. Errors count under any HTTP status, 200 too. */
export function failureIn(response: UpstreamResponse, context: CallContext): ProviderFailure | null {
  const { status, headers, text } = response
  const json = parseJson(text)
  const body = readErrorBody(text, json)
  const succeeded = status >= 200 && status < 300
  if (succeeded && !isErrorDocument(json, body)) return null

  const waitMs = retryAfterMs(headers)
  const message = plainText(withoutKeys(scrub(body.message, context.apiKey)))
  const meaning = refine(meaningOf(body, status, context), {
    status,
    message,
    waitMs,
    body,
    context,
    text,
  })
  const code = body.ownCode && withoutKeys(scrub(body.ownCode, context.apiKey))
  const label = [status, code].filter((part) => part !== undefined).join(' ')
  const details: FailureDetails = {
    ...meaning,
    applied: context.reads ? 'no' : meaning.applied,
    message: sentence(meaning, message, label, context),
    retryAfterMs: waitMs,
    httpStatus: status,
    code,
    requestId: requestIdIn(headers) ?? undefined,
  }
  return new ProviderFailure(details)
}

function meaningOf({ code }: ErrorBody, status: number, context: CallContext): Meaning {
  if (code !== null && code !== 'OK') return codeMeanings[code]
  // A create that meets a conflict without a code may have met its own earlier attempt: it is to be looked at.
  if (status === 409 && context.creates) return codeMeanings.ALREADY_EXISTS
  return statusMeaning(status)
}

interface Hints {
  status: number
  message: string
  waitMs: number | undefined
  body: ErrorBody
  context: CallContext
  text: string
}

const aboutPace = /rate.?limit|too many requests|requests? per (second|minute)|slow down/i
const aboutRoom =
  /\bquotas?\b|\bsuspended\b|payment (required|method)|failed[ _]payments?|\boverdue\b|\bbudget\b|spend(ing)?[ -]limit|credits? (depleted|exhausted)|out of credits?/i

/** A cluster may be called "budget": names, quoted or in full, are not what a message is about. */
function withoutNames(message: string): string {
  return message.replace(/"[^"]*"|'[^']*'|`[^`]*`|\baccounts\/\S+/g, ' ')
}

/** Where code and status leave open what is meant, the words and `Retry-After` tell. */
function refine(meaning: Meaning, hints: Hints): Meaning {
  const { status, waitMs } = hints
  const words = withoutNames(hints.message)
  const quota: Meaning = { kind: 'quota', applied: 'no', retryable: false }
  if (meaning.kind === 'rate-limited') {
    if (waitMs !== undefined || aboutPace.test(words)) return meaning
    return aboutRoom.test(words) || status === 403 ? quota : meaning
  }
  if (['forbidden', 'wrong-state'].includes(meaning.kind) && aboutRoom.test(words)) return quota
  return isNotEnabled(meaning, hints) ? { kind: 'unsupported', applied: 'no', retryable: false } : meaning
}

/** Clusters are in private preview: to most accounts their collection does not exist, or is closed. */
function isNotEnabled(meaning: Meaning, { status, body, context, text }: Hints): boolean {
  if (!context.collection || /^\s*</.test(text)) return false
  if (['not-found', 'unsupported', 'forbidden'].includes(meaning.kind)) return true
  return body.code === null && status === 404
}

function sentence(meaning: Meaning, words: string, label: string, context: CallContext): string {
  const said = words === '' ? `Fireworks answered ${label} and gave no reason.` : words
  if (meaning.kind !== 'unsupported' || !context.collection) return said
  const notEnabled = `Clusters are not enabled for this account (${context.accountId}), or its key may not use them.`
  return `${notEnabled} Fireworks: ${words === '' ? label : words}`
}
