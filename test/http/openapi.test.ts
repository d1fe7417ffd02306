import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { isJsonObject, type JsonObject } from '../../src/cluster/json.ts'
import { problemCodes } from '../../src/cluster/problem.ts'
import { listAt, objectAt, resolved, textAt } from '../../src/http/docs/openapi-parts.ts'
import { buildDocument, renderOpenApiYaml } from '../../src/http/openapi/render-yaml.ts'
import { operations } from '../../src/http/operations.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { version } from '../../src/version.ts'
import { openExampleHarness } from './example-requests.ts'

const document: JsonObject = JSON.parse(JSON.stringify(buildDocument(adapters, version)))
const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'openapi')

/** What the document's own schema says against a value. */
function faults(schema: JsonObject, value: unknown): unknown {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'))
  const validate = ajv.compile(absolute)
  return validate(value) ? [] : validate.errors
}

interface Case {
  id: string
  line: string
  operation: JsonObject
  type: string
  body: unknown
}

const cases: Case[] = Object.entries(objectAt(document, 'paths')).flatMap(([path, item]) =>
  Object.entries(objectAt(item)).flatMap(([method, value]) => {
    const operation = objectAt(value)
    const filled = listAt(operation, 'parameters')
      .filter((parameter) => parameter.in === 'path')
      .reduce((at, { name, example }) => at.replace(`{${name}}`, String(example)), path)
    const line = `${method.toUpperCase()} ${filled}`
    const bodies = bodiesOf(operation)
    const id = textAt(operation, 'operationId')
    if (bodies.length === 0) return [{ id, line, operation, type: '', body: undefined }]
    return bodies.map(({ name, ...body }) => ({ id: `${id} (${name})`, line, operation, ...body }))
  }),
)

function bodiesOf(operation: JsonObject) {
  const content = objectAt(operation, 'requestBody', 'content')
  return Object.entries(content).flatMap(([type, media]) =>
    Object.entries(objectAt(objectAt(media), 'examples')).map(([name, example]) => ({
      name: `${type} ${name}`,
      type,
      body: objectAt(example).value,
    })),
  )
}

describe('every example', () => {
  test.each(cases)(
    '$id is carried out, and the answer is as documented',
    async ({ line, operation, type, body }) => {
      const { harness: opened, idOf } = await openExampleHarness(textAt(operation, 'operationId'))
      await using harness = opened
      const actual = Object.entries(idOf).reduce((at, [example, id]) => at.replace(example, id), line)
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
      const answer = await harness.send(actual, { body, headers })
      expect(answer.status, answer.text).toBeLessThan(400)
      const response = resolved(document, objectAt(operation, 'responses', String(answer.status)))
      for (const [name, header] of Object.entries(objectAt(response, 'headers'))) {
        const optional = textAt(objectAt(header), 'description').includes('absent')
        expect([name, answer.headers.has(name) || optional]).toEqual([name, true])
      }
      if (answer.headers.get('content-type') !== 'application/json') return
      const schema = objectAt(response, 'content', 'application/json', 'schema')
      expect(faults(schema, answer.json)).toEqual([])
    },
  )

  test.each(cases.filter(({ body }) => body !== undefined))(
    '$id is as its schema says',
    ({ operation, type, body }) => {
      expect(faults(objectAt(operation, 'requestBody', 'content', type, 'schema'), body)).toEqual([])
    },
  )

  test.each(cases)("$id: the answers' examples are as their schemas say", ({ operation }) => {
    for (const response of Object.values(objectAt(operation, 'responses'))) {
      const { schema, example } = objectAt(
        resolved(document, objectAt(response)),
        'content',
        'application/json',
      )
      if (example !== undefined) expect(faults(objectAt(schema), example)).toEqual([])
    }
  })
})

describe('every query parameter', () => {
  const reads = cases.filter(({ line }) => line.startsWith('GET '))
  const parameters = reads.flatMap(({ id, line, operation }) =>
    listAt(operation, 'parameters')
      .filter((parameter) => parameter.in === 'query' && parameter.name !== 'pageToken')
      .map((parameter) => ({ id, line, parameter })),
  )
  test.each(parameters)('$id: $parameter.name takes its example', async ({ line, parameter }) => {
    const { harness: opened, idOf } = await openExampleHarness('')
    await using harness = opened
    const schema = objectAt(parameter, 'schema')
    const [first] = Array.isArray(schema.enum) ? schema.enum : []
    const example = parameter.example ?? schema.example ?? first ?? schema.default ?? ''
    const fields = isJsonObject(example) ? example : { [textAt(parameter, 'name')]: example }
    const query = new URLSearchParams(
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])),
    )
    const actual = Object.entries(idOf).reduce((at, [id, real]) => at.replace(id, real), line)
    const { status, text } = await harness.send(`${actual}?${query}`)
    expect(status, text).toBe(200)
  })
})

describe('the document', () => {
  test('tells of every operation that is no mere page', () => {
    const documented = new Set(cases.map(({ operation }) => textAt(operation, 'operationId')))
    const mounted = operations(adapters, version).filter(({ undocumented }) => !undocumented)
    expect(documented).toEqual(new Set(mounted.map(({ operationId }) => operationId)))
  })

  test('names every code of the problems', () => {
    const schema = objectAt(document, 'components', 'schemas', 'Problem', 'properties', 'code')
    expect(schema.enum).toEqual(Object.keys(problemCodes))
  })

  test('is written the same way every time, and openapi.yaml is up to date', () => {
    const text = renderOpenApiYaml(adapters, version)
    expect(renderOpenApiYaml(adapters, version)).toBe(text)
    const file = readFileSync(join(import.meta.dirname, '../../openapi.yaml'), 'utf8')
    expect(file === text, 'openapi.yaml is old: run npm run openapi').toBe(true)
  })
})
