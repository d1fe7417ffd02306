import { isDeepStrictEqual } from 'node:util'
import { fieldErrors } from './field-errors.ts'
import type { Operation } from './operation.ts'
import { jsonType, type Reply } from './reply.ts'

/** An answer that breaks its own declaration: a bug, found by a test. */
export class AnswerMismatch extends Error {
  override name = 'AnswerMismatch'
}

/** Holds an answer to what its operation declares. */
export function checkAnswer(operation: Operation, reply: Reply): void {
  const declared = operation.responses[reply.status]
  const where = `${operation.operationId} ${reply.status}`
  if (!declared) throw new AnswerMismatch(`${where} is not declared`)
  if (reply.headers['content-type'] !== jsonType || typeof reply.body !== 'string') return
  if (!declared.schema) throw new AnswerMismatch(`${where} declares no schema`)
  const answer: unknown = JSON.parse(reply.body)
  const read = declared.schema.safeParse(answer)
  if (!read.success) throw new AnswerMismatch(`${where}: ${JSON.stringify(fieldErrors(read.error, ''))}`)
  // Schemas of answers let fields through that they do not know, as clients must; ours have none.
  if (!isDeepStrictEqual(read.data, answer))
    throw new AnswerMismatch(`${where} has a field that is not declared`)
}
