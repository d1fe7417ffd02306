import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { FaultOf } from '../faults.ts'
import { RpcError } from './rpc-error.ts'

export interface PageRequest {
  /** As asked; 0 means the default, above 200 means 200. */
  pageSize: number
  defaultPageSize: number
  pageToken: string
  /** Everything else that was asked: a token is good only for the same question. */
  question: readonly unknown[]
  shift?: FaultOf<'shiftPages'> | undefined
}

const MAX_PAGE_SIZE = 200

const tokenSchema = z.object({ offset: z.int().min(0), question: z.string() })

/** One page; its token is empty when nothing follows. @throws RpcError INVALID_ARGUMENT for a bad size or token */
export function pageOf<Row>(
  rows: readonly Row[],
  request: PageRequest,
): { rows: Row[]; nextPageToken: string } {
  if (request.pageSize < 0)
    throw new RpcError('INVALID_ARGUMENT', `page_size must not be negative, got ${request.pageSize}`)
  const size = Math.min(request.pageSize || request.defaultPageSize, MAX_PAGE_SIZE)
  const question = createHash('sha256')
    .update(JSON.stringify([size, ...request.question]))
    .digest('base64url')
  const asked = request.pageToken === '' ? 0 : readToken(request.pageToken, question)
  const start = asked + shiftOf(request.shift)
  const end = start + size
  const nextPageToken = end < rows.length ? writeToken(end, question) : ''
  return { rows: rows.slice(start, end), nextPageToken }
}

function shiftOf(shift: FaultOf<'shiftPages'> | undefined): number {
  if (!shift) return 0
  return shift.change === 'insertion' ? -1 : 1
}

function writeToken(offset: number, question: string): string {
  return Buffer.from(JSON.stringify({ offset, question })).toString('base64url')
}

function readToken(token: string, question: string): number {
  const result = tokenSchema.safeParse(parseToken(token))
  if (result.success && result.data.question === question) return result.data.offset
  throw new RpcError(
    'INVALID_ARGUMENT',
    'invalid page_token: it is not one of this list and these parameters',
  )
}

function parseToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    return null
  }
}
