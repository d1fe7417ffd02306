import { hash } from 'node:crypto'
import { ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject } from '../../cluster/json.ts'
import { parseJson } from '../reply.ts'
import { type Answer, notUnderstood } from './request.ts'

/** How far a list has come. It travels as the opaque page, since the adapter remembers nothing. */
export interface Cursor {
  token: string
  /** Clusters on the pages before. */
  count: number
  /** How many there were by the first page; 0 where it did not say. */
  total: number
  /** Digests of the tokens used so far, by which a list that goes round in a circle is known. */
  seen: string[]
}

const firstPage: Cursor = { token: '', count: 0, total: 0, seen: [] }

/** More pages than any account fills; a list that goes on is not coming to an end. */
const maxPages = 1000

export function readCursor(page: string | null): Cursor {
  if (page === null) return firstPage
  const read = parseJson(page)
  if (isJsonObject(read)) {
    const { token, count, total = 0, seen } = read
    const digests = Array.isArray(seen) ? seen.filter((item) => typeof item === 'string') : []
    if (typeof token === 'string' && token !== '' && typeof count === 'number' && typeof total === 'number') {
      return { token, count, total, seen: digests }
    }
  }
  const message = 'The page of the list is not one that this provider gave.'
  throw new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message })
}

/**
 * Where the next page begins, or null at the end of the list. The end is a token that is absent, empty or seen before,
 * and counts only if nothing is missing of what there was by the first page's `totalSize`: a cluster that goes while the
 * list is read moves another one from a page to come to a page already read.
 */
export function nextPage(cursor: Cursor, answer: Answer, clustersHere: number): string | null {
  const { nextPageToken: token = null, totalSize } = answer.json
  const total = typeof totalSize === 'number' ? totalSize : 0
  const count = cursor.count + clustersHere
  const expected = cursor === firstPage ? total : cursor.total
  if (token === null || token === '') {
    if (count < expected || (count === 0 && total > 0)) {
      throw notUnderstood(answer, 'the list ended before its own count')
    }
    return null
  }
  if (typeof token !== 'string') throw notUnderstood(answer, 'the page token is not a string')
  const digest = hash('sha256', token, 'base64url').slice(0, 16)
  if (cursor.seen.includes(digest)) {
    if (total > 0 && count >= total) return null
    throw notUnderstood(answer, 'the list repeats a page token before its end')
  }
  if (cursor.seen.length >= maxPages) throw notUnderstood(answer, 'the list does not come to an end')
  const next: Cursor = { token, count, total: expected, seen: [...cursor.seen, digest] }
  return JSON.stringify(next)
}
