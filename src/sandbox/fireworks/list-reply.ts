import { z } from 'zod'
import { findFault } from '../faults.ts'
import type { Call } from './call.ts'
import { select } from './field-mask.ts'
import { parseFilter } from './filter.ts'
import { encodeMessage, type JsonObject, type Message } from './message.ts'
import { parseOrder } from './order.ts'
import { pageOf } from './page.ts'
import { int32Parameter, maskParameter, readQuery, textParameter } from './query.ts'

const listParameters = z.object({
  pageSize: int32Parameter,
  pageToken: textParameter,
  filter: textParameter,
  orderBy: textParameter,
  readMask: maskParameter,
})

export interface Listing {
  /** The member of the reply that holds the page: `clusters`. */
  member: string
  type: Message
  /** All of them, whole, in the order in which they stay where `orderBy` means nothing. */
  rows: readonly JsonObject[]
  /** Default 50. */
  defaultPageSize?: number
  /** Whether `orderBy` is looked at. */
  ordered?: boolean
  /** Whether `filter` is looked at. */
  filtered?: boolean
  /** Other parameters to which a page token is bound. */
  question?: readonly unknown[]
  /** Adds to a row what its type does not have. */
  extend?: (row: JsonObject) => JsonObject
}

/** A page of a list with `nextPageToken` and `totalSize`, the number of all that match. @throws RpcError INVALID_ARGUMENT */
export function listReply(call: Call, listing: Listing): JsonObject {
  const { type, member, ordered = false, filtered = false, question = [], extend } = listing
  const { filter, orderBy, readMask, ...paging } = readQuery(call.params, listParameters)
  const matching = filtered ? listing.rows.filter(parseFilter(type, filter)) : [...listing.rows]
  if (ordered) matching.sort(parseOrder(type, orderBy))
  const page = pageOf(matching, {
    ...paging,
    defaultPageSize: listing.defaultPageSize ?? 50,
    question: [call.account.accountId, member, filter, orderBy, readMask, ...question],
    shift: findFault(call.faults, 'shiftPages'),
  })
  const { unsetFields, lastPageToken } = call.world.mode
  const encode = (row: JsonObject) => ({
    ...encodeMessage(type, select(type, row, readMask), unsetFields),
    ...extend?.(row),
  })
  return {
    [member]: page.rows.map(encode),
    ...(page.nextPageToken === '' && lastPageToken === 'omitted'
      ? {}
      : { nextPageToken: page.nextPageToken }),
    totalSize: matching.length,
  }
}

/** Whether the call asks for a page after the first, the only ones that can be seen to shift. */
export function isLaterPage(params: URLSearchParams): boolean {
  return (params.get('pageToken') ?? params.get('page_token') ?? '') !== ''
}
