import { hash } from 'node:crypto'
import type { OpenCall } from './call.ts'
import { notModified, type Reply, revalidate } from './reply.ts'

/** Whether an `If-None-Match` header names this ETag, or any. Compares weakly, as RFC 9110 asks for reads. */
export function matchesNone(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag) return true
  return header.split(',').some((tag) => {
    const strong = tag.trim().replace(/^W\//, '')
    return strong === etag || strong === '*'
  })
}

/**
 * The answer with an ETag, or 304 where the caller has just this one. It is made of the answer's text, as how fresh a
 * list is may change where nothing else does, or of a shorter one that differs wherever the answer does.
 */
export function unlessKnown(call: OpenCall, reply: Reply, text = reply.body): Reply {
  if (typeof text !== 'string') return reply
  const etag = `"${hash('sha256', text, 'base64url').slice(0, 27)}"`
  if (matchesNone(call.header('if-none-match'), etag)) return notModified(etag)
  return { ...reply, headers: { ...reply.headers, etag, 'cache-control': revalidate } }
}
