import type { Json } from '../cluster/json.ts'

/** An answer as plain data. What every answer carries (request id, security headers) is added when it is sent. */
export interface Reply {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  /** A stream is read as fast as the caller takes it, and cancelled when it goes away. */
  body: string | ReadableStream<Uint8Array> | null
}

export const jsonType = 'application/json'

/** Answers a JSON text that is ready to be sent. */
export function jsonText(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': jsonType, ...headers }, body }
}

export function json(status: number, value: Json | object, headers: Record<string, string> = {}): Reply {
  return jsonText(status, JSON.stringify(value), headers)
}

export function noContent(): Reply {
  return { status: 204, headers: {}, body: null }
}

export function notModified(etag: string): Reply {
  return { status: 304, headers: { etag, 'cache-control': revalidate }, body: null }
}

/** For a thing with an ETag: a private cache may keep it, and must ask before it uses it. */
export const revalidate = 'private, no-cache'
