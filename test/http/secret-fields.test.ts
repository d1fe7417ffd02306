import { z } from '@hono/zod-openapi'
import { describe, expect, test } from 'vitest'
import { isSecretName } from '../../src/cluster/secret-names.ts'
import { operations } from '../../src/http/operations.ts'
import { fieldsOf, secret, secretsIn } from '../../src/http/schemas/secret.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { entriesOf, Harness, openHarness, zillizConnection } from './harness.ts'

const bodies = operations(adapters, '0').flatMap((operation) => {
  if (operation.permission === 'public' || !operation.body) return []
  return [[operation.operationId, operation.body.schema] as const]
})

/** Named like a secret, and none: written down, shown and looked for by everybody. */
const harmless = new Set(['labels/*'])

const secretFields = bodies.flatMap(([operationId, schema]) =>
  fieldsOf(schema).flatMap((field) => (field.secret ? [`${operationId} ${field.path.join('/')}`] : [])),
)

describe('the schemas of requests', () => {
  test('are looked through to their leaves', () => {
    const create = bodies.find(([operationId]) => operationId === 'createCluster')?.[1]
    const paths = fieldsOf(create ?? z.never()).map(({ path }) => path.join('/'))
    expect(paths).toEqual(expect.arrayContaining(['name', 'labels/*', 'spec/plan', 'spec/eks/awsAccountId']))
  })

  test('mark these fields as secret', () => {
    expect([...new Set(secretFields)].sort()).toEqual([
      'createConnection apiKey',
      'supplyCredentials password',
      'updateConnection apiKey',
    ])
  })

  test.each(bodies)('%s has no field that is named like a secret and not marked', (_, schema) => {
    const unmarked = fieldsOf(schema)
      .filter((field) => !field.secret && field.path.some(isSecretName))
      .map(({ path }) => path.join('/'))
    expect(unmarked.filter((path) => !harmless.has(path))).toEqual([])
  })

  test.each(Object.values(adapters).map((adapter) => [adapter.id, adapter] as const))(
    'what is shown of a connection or a cluster of %s has no place for a secret',
    (_, { settingsSchema, specSchema }) => {
      const fields = [...fieldsOf(settingsSchema), ...fieldsOf(specSchema)]
      expect(fields.length).toBeGreaterThan(5)
      const secretive = fields.filter((field) => field.secret || field.path.some(isSecretName))
      expect(secretive.map(({ path }) => path.join('/'))).toEqual([])
    },
  )
})

describe('a marked field', () => {
  const schema = z.strictObject({
    one: secret(z.string().min(3)).optional(),
    many: z.array(z.object({ inner: secret(z.string()).nullable() })).optional(),
    map: z.record(z.string(), secret(z.string())).optional(),
    either: z.union([z.literal('x'), z.object({ deep: secret(z.string()) })]).optional(),
    open: z.string().optional(),
  })

  test('is found wherever it is, in a document that is wrong too', () => {
    const document = {
      one: 'a',
      many: [{ inner: 'b' }, { inner: null }, 7],
      map: { k: 'c' },
      either: { deep: 'd' },
      open: 'shown',
      unknown: 'shown',
    }
    expect(schema.safeParse(document).success).toBe(false)
    expect(secretsIn(schema, document)).toEqual(['a', 'b', 'c', 'd'])
  })

  test.each([[null], ['text'], [[]], [{ one: { deeper: 'x' } }], [{ many: 'x' }], [{ one: '' }]])(
    'nothing is found in %j',
    (document) => {
      expect(secretsIn(schema, document)).toEqual([])
    },
  )
})

describe('a secret of a request', () => {
  const apiKey = 'sk-7f3a9c51e2d84b06'

  test('is in no entry of it, whatever else of the request repeats it', async () => {
    await using harness = await openHarness()
    const headers = { reason: `the key is ${apiKey}` }
    const body = {
      ...zillizConnection,
      name: 'echo',
      apiKey,
      settings: { baseUrl: `https://${apiKey}.example.com` },
    }
    const made = await harness.send('POST /connections', { body, headers })
    expect(made.status).toBe(201)
    const [entry] = await entriesOf(harness, 'connection.create')
    expect(JSON.stringify(entry)).not.toContain(apiKey)
    expect(entry).toMatchObject({ reason: 'the key is [redacted]' })
    expect(entry?.changes).toContainEqual({
      path: '/settings',
      before: null,
      after: { baseUrl: 'https://[redacted].example.com' },
    })
    // The address is the caller's own to show: the connection itself has it as it was written.
    harness.hidden.length = 0
  })

  test.each([
    ['unknown beside it', { more: 1 }],
    ['wrong itself', { apiKey: `${apiKey} with a space` }],
  ])('is kept from the log before the body is judged: something %s', async (_, fault) => {
    await using harness = await openHarness()
    const body = { ...zillizConnection, name: 'wrong', apiKey, ...fault }
    const { status, text } = await harness.send('POST /connections', { body })
    expect([status, text.includes(apiKey)]).toEqual([400, false])
    expect(harness.hidden.some((hidden) => hidden.startsWith(apiKey))).toBe(true)
  })
})

describe('every run of these tests', () => {
  test.each([
    ['a log line', async (harness: Harness, key: string) => harness.deps.log.info({ note: `saw ${key}` })],
    [
      'the database',
      async (harness: Harness, key: string) => {
        await harness.store.write(async ({ db, tables }) => {
          await db.insert(tables.meta).values({ key: 'careless', value: key })
        })
      },
    ],
    ['an answer', async (harness: Harness, key: string) => harness.send(`GET /clusters/${key}`)],
  ])('fails for a secret in %s', async (_, leak) => {
    const harness = new Harness()
    harness.admin = await harness.makeKey('admin', '*')
    await leak(harness, harness.admin)
    await expect(harness[Symbol.asyncDispose]()).rejects.toThrow('a secret is where it must not be')
  })
})
