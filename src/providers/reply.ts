import type { Json } from '../cluster/json.ts'

type Headers = Readonly<Record<string, string>>

/** The JSON that a body holds; undefined where it holds none (an HTML page, a truncated text, nothing). */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const dayMs = 86_400_000

/**
 * How long an answer asks to wait: `Retry-After` in seconds or as an HTTP date, the latter measured by the answer's own
 * `Date` where it has one. Undefined where it does not say; a day at most.
 */
export function retryAfterMs(headers: Headers, nowMs: number = Date.now()): number | undefined {
  const value = headers['retry-after']?.trim()
  if (!value) return undefined
  const waitMs = /^\d+(\.\d+)?$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - (serverTimeMs(headers) ?? nowMs)
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(Math.ceil(waitMs), 0), dayMs)
}

/** The provider's clock, from the answer's `Date`, in epoch milliseconds. */
export function serverTimeMs(headers: Headers): number | null {
  const timeMs = Date.parse(headers.date ?? '')
  return Number.isNaN(timeMs) ? null : timeMs
}

const requestIdHeaders = [
  'requestid',
  'x-request-id',
  'request-id',
  'x-amzn-requestid',
  'x-cloud-trace-context',
]

/** The provider's id of the request, under whichever of the usual names it gives it. */
export function requestIdOf(headers: Headers): string | null {
  for (const name of requestIdHeaders) {
    const value = headers[name]?.trim()
    if (value) return value.slice(0, 200)
  }
  return null
}

/** What a person can read of an error body, plain or HTML: no tags, no control characters, one line, `maxLength` at most. */
export function plainText(body: string, maxLength = 200): string {
  const text = body
    .slice(0, 8_000)
    .replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<\/?[a-z!][^<>]*>/gi, ' ')
    .replace(/\p{C}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return [...text].slice(0, maxLength).join('')
}

const mask = '[redacted]'
const tellingLength = 12

/**
 * Takes a connection's own key out of what a provider said: providers echo keys, some of them cut short or encoded.
 * To be done before the text is shortened, or a piece of the key would stay.
 */
export function scrub(text: string, secret: string): string {
  if (secret === '') return text
  const encoded = [encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
  return [secret, ...encoded].reduce(maskOne, text)
}

/** Masks the secret, or as much of it as is there when at least its first characters are. */
function maskOne(text: string, secret: string): string {
  const head = secret.slice(0, tellingLength)
  const parts: string[] = []
  let from = 0
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, from)) {
    let length = head.length
    while (length < secret.length && text[at + length] === secret[length]) length += 1
    parts.push(text.slice(from, at), mask)
    from = at + length
  }
  return parts.join('') + text.slice(from)
}

/** A provider's words, fit for a failure: without the connection's key, on one line, short. */
export function providerWords(text: string, apiKey: string): string {
  return plainText(scrub(text, apiKey))
}
