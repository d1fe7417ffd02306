import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isJsonObject, type Json } from '../../src/cluster/json.ts'
import type { Operation } from '../../src/http/operation.ts'
import { operations } from '../../src/http/operations.ts'
import { problemSchema } from '../../src/http/schemas/problem.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { openExampleHarness } from './example-requests.ts'
import type { Harness } from './harness.ts'

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }) as fc.Arbitrary<Json>
const junk = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 }))
const fieldValue = fc.oneof(
  json,
  fc.constantFrom<Json>(
    null,
    '',
    0,
    -1,
    1e308,
    '\u0000',
    '\ud800',
    'x'.repeat(300),
    [],
    {},
    '*',
    '__proto__',
  ),
)

/** A value with one thing in it, at any depth, left out or made something else. */
function spoiled(value: Json): fc.Arbitrary<Json> {
  if (!isJsonObject(value) || Object.keys(value).length === 0) return fieldValue
  const keys = Object.keys(value)
  return fc.oneof(
    fc.tuple(fc.constantFrom(...keys), fieldValue).map(([key, other]) => ({ ...value, [key]: other })),
    fc
      .constantFrom(...keys)
      .map((key) => Object.fromEntries(Object.entries(value).filter(([k]) => k !== key))),
    fc.tuple(junk, fieldValue).map(([key, other]) => ({ ...value, [key]: other })),
    fc
      .constantFrom(...keys)
      .chain((key) => spoiled(value[key] ?? null).map((inner) => ({ ...value, [key]: inner }))),
  )
}

function bodyOf({ body }: Operation): fc.Arbitrary<string | undefined> {
  const examples = Object.values(body?.examples ?? {}).map(
    ({ value }) => JSON.parse(JSON.stringify(value)) as Json,
  )
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .constantFrom(...examples, {})
        .chain(spoiled)
        .map((value) => JSON.stringify(value)),
    },
    { weight: 2, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

/** What every object answers to, though nobody gave it that. */
const inherited = Object.getOwnPropertyNames(Object.prototype)

function queryOf(operation: Operation): fc.Arbitrary<string> {
  const known = Object.keys(operation.query?.shape ?? {})
  const name = fc.oneof(
    fc.constantFrom('label.env', 'pageToken', 'orderBy', ...known),
    fc.constantFrom(...inherited),
    junk,
  )
  const value = fc.oneof(
    fc.constantFrom('true', '1', '-1', 'READY', 'name desc', '2026-01-01T00:00:00Z'),
    junk,
  )
  return fc
    .array(fc.tuple(name, value), { maxLength: 4 })
    .map((pairs) => `${new URLSearchParams(pairs)}`)
    .chain((query) => fc.constantFrom('', query, query, `${query}&%E0%A4%A=%`))
}

const headerText = fc.string({ unit: fc.constantFrom(...'abcW/"*,;=0123 -._~é'), maxLength: 30 })
const headers = fc.dictionary(
  fc.constantFrom(
    'if-match',
    'if-none-match',
    'idempotency-key',
    'reason',
    'accept',
    'content-type',
    'traceparent',
    'x-request-id',
    'user-agent',
  ),
  headerText,
  { maxKeys: 3 },
)

function pathOf({ path, params }: Operation, idOf: Record<string, string>): fc.Arbitrary<string> {
  const [name] = Object.keys(params ?? {})
  if (name === undefined) return fc.constant(path)
  const odd = junk.map((text) => encodeURIComponent(text.toWellFormed()) || '-')
  const example = params?.[name]?.example ?? ''
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.constant(idOf[example] ?? example) },
      odd,
      fc.constantFrom(...Object.values(idOf)),
    )
    .map((value) => path.replace(`{${name}}`, value))
}

async function expectSaneAnswer(
  harness: Harness,
  line: string,
  sent: { body?: string | undefined; headers: Record<string, string> },
) {
  const answer = await harness.send(line, {
    body: sent.body,
    headers: sent.body === undefined ? sent.headers : { 'content-type': 'application/json', ...sent.headers },
  })
  expect(answer.status, answer.text).toBeLessThan(500)
  expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._:-]{1,128}$/)
  if (answer.status < 400) return
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const problem = problemSchema.parse(answer.json)
  expect([problem.status, problem.requestId]).toEqual([answer.status, answer.headers.get('x-request-id')])
}

const all = operations(adapters, '0')

test.each(all.map((operation) => [operation.operationId, operation] as const))(
  '%s: whatever is sent, never a 500, and a problem document on every refusal',
  async (_, operation) => {
    const { harness: opened, idOf } = await openExampleHarness(operation.operationId)
    await using harness = opened
    const request = fc.record({
      path: pathOf(operation, idOf),
      query: queryOf(operation),
      headers,
      body: operation.method === 'get' ? fc.constant(undefined) : bodyOf(operation),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ path, query, headers, body }) => {
        const line = `${operation.method.toUpperCase()} ${path}${query === '' ? '' : `?${query}`}`
        await expectSaneAnswer(harness, line, { body, headers })
      }),
      { numRuns: 60 },
    )
  },
)
