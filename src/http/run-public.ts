import type { Exchange } from './exchange.ts'
import type { PublicOperation } from './operation.ts'
import { readQuery } from './read-query.ts'
import type { Reply } from './reply.ts'

export function runPublic(exchange: Exchange, operation: PublicOperation): Promise<Reply> | Reply {
  const { rawQuery, deps, requestId, path, params } = exchange
  const query = readQuery(operation, rawQuery)
  const header = (name: string) => exchange.header(name)
  return operation.handler({ deps, requestId, path, params, query, rawQuery, header })
}
