import type { Operation, ResponseDeclaration } from '../operation.ts'
import { problemResponseNames, problemsOf } from './problem-responses.ts'
import { receiptHeaderDocs } from './receipt-headers.ts'

/** All responses of an operation: those it declares, and a reference for each status of its problems. */
export function responsesOf(operation: Operation) {
  const declared = Object.entries(operation.responses).map(([status, response]) => [
    status,
    responseOf(response, operation.permission !== 'public' && operation.method !== 'get'),
  ])
  const problems = [...problemsOf(operation)]
    .filter(([status]) => !(status in operation.responses))
    .map(([status, codes]) => [
      String(status),
      {
        $ref: `#/components/responses/${problemResponseNames[status]}`,
        description: codes.map((code) => `\`${code}\``).join(', '),
      },
    ])
  return Object.fromEntries([...declared, ...problems])
}

function responseOf(
  { description, schema, example, otherTypes, headers }: ResponseDeclaration,
  isWrite: boolean,
) {
  const others = Object.entries(otherTypes ?? {}).map(([type, other]) => [
    type,
    { schema: { type: 'string', description: other.description }, example: other.example },
  ])
  const json = schema && { 'application/json': { schema, ...(example !== undefined && { example }) } }
  const shown = Object.entries(headers ?? {}).map(([name, text]) => [
    name,
    { description: text, schema: { type: 'string' } },
  ])
  return {
    description,
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/XRequestId' },
      ...Object.fromEntries(shown),
      ...(isWrite && receiptHeaderDocs),
    },
    ...((json || others.length > 0) && { content: { ...json, ...Object.fromEntries(others) } }),
  }
}
