import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/providers/adapters.ts'
import { eksCluster, openHarness, zillizCluster } from './harness.ts'

describe('GET /providers', () => {
  test('all of them, with what they can do', async () => {
    await using harness = await openHarness()
    const { json } = await harness.send('GET /providers')
    const ids = (json.providers as { id: string }[]).map(({ id }) => id)
    expect(ids).toEqual(Object.keys(adapters))
  })
})

describe('GET /providers/{provider}', () => {
  test.each([zillizCluster, eksCluster])(
    'the JSON Schema takes a spec that a create takes: $provider',
    async (body) => {
      await using harness = await openHarness()
      const { status, json } = await harness.send(`GET /providers/${body.provider}`)
      expect(status).toBe(200)
      const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
        json.specSchema as object,
      )
      expect([validate(body.spec), validate({ ...body.spec, unknown: 1 })]).toEqual([true, false])
    },
  )

  test.each(['nothing', '__proto__', 'constructor', 'toString'])('404: %s', async (provider) => {
    await using harness = await openHarness()
    expect((await harness.send(`GET /providers/${provider}`)).status).toBe(404)
  })
})
