import { isJsonObject, type Json } from '../../cluster/json.ts'
import { type Code, codeName } from './codes.ts'

/** What an error body says, in whichever of its shapes. */
export interface ErrorBody {
  code: Code | null
  /** The provider's code: by name where it is one of gRPC's, else as it came. */
  ownCode: string | undefined
  message: string
}

/** `{code, message}`, `{error: {code, message}}`, `{error: "text"}`, or whatever text came instead. */
export function readErrorBody(text: string, json: Json | undefined): ErrorBody {
  if (!isJsonObject(json)) return { code: null, ownCode: undefined, message: isPage(text) ? text : '' }
  const inner = isJsonObject(json.error) ? json.error : json
  const value = inner.code ?? json.code
  const code = codeName(value)
  const own = typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 100) : undefined
  const messages = [inner.message, json.message, json.error].filter((item) => typeof item === 'string')
  return { code, ownCode: code ?? own, message: messages.find((item) => item.trim() !== '') ?? '' }
}

/** A document that was cut short may hold anything, so that only what is plainly a page or a phrase is quoted. */
function isPage(text: string): boolean {
  return !/^\s*[{["]/.test(text)
}

/** No answer of the calls made here has a top-level `code` or `error` unless it is an error. */
export function isErrorDocument(json: Json | undefined, body: ErrorBody): boolean {
  if (!isJsonObject(json)) return false
  const refused = body.ownCode !== undefined && body.code !== 'OK'
  return refused || typeof json.error === 'string' || isJsonObject(json.error)
}

/** Takes out any Fireworks key, not only a connection's own: they start with `fw_`. */
export function withoutKeys(text: string): string {
  return text.replace(/\bfw_[\w-]{8,}/g, '[redacted]')
}
