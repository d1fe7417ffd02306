import { z } from '@hono/zod-openapi'
import type { OpenCall } from './call.ts'
import { jsonText, type Reply } from './reply.ts'
import type { LineFormat } from './text-formats.ts'

const defaultPageSize = 50
/** Larger pages are lowered to this. */
const mostPageSize = 200

/** The query parameters of every list. */
export const pageParameters = {
  pageSize: z
    .string()
    .regex(/^0*[1-9]\d{0,8}$/, 'must be a whole number from 1; more than 200 is lowered to 200')
    .transform((text) => Math.min(Number(text), mostPageSize))
    .optional()
    .openapi({
      type: 'integer',
      minimum: 1,
      default: defaultPageSize,
      description: 'Things on a page. More than 200 is lowered to 200.',
      example: 50,
    } as object),
  pageToken: z
    .string()
    .min(1)
    .max(2000)
    .optional()
    .openapi({ description: '`nextPageToken` of the page before, with all other parameters as they were.' }),
}

/** A parameter that is on or off. */
export function flag(description: string) {
  return z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .optional()
    .openapi({ type: 'boolean', default: false, description } as object)
}

export const countParameter = {
  count: flag('Also tell `totalSize`, which costs more the more there is.'),
}

/** How a count is told: exact, or as what there is at least. */
export function totalOf(counted: { rows: number; atLeast: boolean } | undefined) {
  if (!counted) return {}
  return counted.atLeast ? { totalSizeAtLeast: counted.rows } : { totalSize: counted.rows }
}

/** What every list tells beside its things. */
export const pageFields = {
  nextPageToken: z.string().optional().openapi({ description: 'Absent on the last page.' }),
  totalSize: z.int().min(0).optional().openapi({ description: 'Only with `count=true`.', example: 1 }),
}

/** What a list tells whose things are counted no further than to a limit. */
export const limitedCountFields = {
  totalSizeAtLeast: z.int().min(0).optional().openapi({
    description: 'In the place of `totalSize`, where there are more than are counted one by one.',
  }),
}

export const linkHeader = {
  Link: 'The next page, as `<…>; rel="next"`; absent on the last one.',
}

export function pageOf(query: { pageSize?: number | undefined; pageToken?: string | undefined }) {
  return { pageSize: query.pageSize ?? defaultPageSize, pageToken: query.pageToken }
}

/** Whether one page is asked for, and not the whole list. */
export function asksForPage(query: {
  pageSize?: number | undefined
  pageToken?: string | undefined
}): boolean {
  return query.pageSize !== undefined || query.pageToken !== undefined
}

/** A page of documents that are JSON texts already. */
interface Page {
  documents: readonly string[]
  nextPageToken: string | null
  totalSize?: number | undefined
  totalSizeAtLeast?: number | undefined
}

/** What a list tells beside its page. */
type Beside = Readonly<Record<string, object | string>>

export function pageReply(call: OpenCall, name: string, page: Page, beside: Beside = {}): Reply {
  return jsonText(200, pageText(name, page, beside), linkOf(call, page.nextPageToken))
}

/** The body of such a page. */
export function pageText(name: string, page: Page, beside: Beside): string {
  const { documents, nextPageToken, totalSize, totalSizeAtLeast } = page
  const next = nextPageToken === null ? '' : `,"nextPageToken":${JSON.stringify(nextPageToken)}`
  const exact = totalSize === undefined ? '' : `,"totalSize":${totalSize}`
  const total = totalSizeAtLeast === undefined ? exact : `,"totalSizeAtLeast":${totalSizeAtLeast}`
  const rest = Object.entries(beside).map(([key, value]) => `,"${key}":${JSON.stringify(value)}`)
  return `{"${name}":[${documents.join(',')}]${next}${total}${rest.join('')}}`
}

/** A page in a form that has no place for a token: the link alone tells of the next one. */
export function pageOfText(
  call: OpenCall,
  { documents, nextPageToken }: { documents: readonly string[]; nextPageToken: string | null },
  { contentType, head, lines }: LineFormat,
): Reply {
  const headers = { 'content-type': contentType, ...linkOf(call, nextPageToken) }
  return { status: 200, headers, body: head + lines(documents) }
}

function linkOf(call: OpenCall, nextPageToken: string | null): Record<string, string> {
  return nextPageToken === null ? {} : { link: nextLink(call, nextPageToken) }
}

function nextLink({ path, rawQuery }: OpenCall, nextPageToken: string): string {
  const query = new URLSearchParams(rawQuery)
  query.set('pageToken', nextPageToken)
  return `<${path}?${query}>; rel="next"`
}
