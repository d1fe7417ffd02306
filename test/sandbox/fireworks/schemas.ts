import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

const document: unknown = parse(readFileSync(new URL('schemas.yaml', import.meta.url), 'utf8'))

const strict = validatorOf(closed(document))
const open = validatorOf(document)

/**
 * What keeps `body` from being one of the provider's components; empty when nothing does.
 * Fields that the component does not have count, unless `hiddenFields`.
 */
export function schemaErrors(component: string, body: unknown, hiddenFields = false): string[] {
  const ajv = hiddenFields ? open : strict
  const validate = ajv.getSchema(`provider#/components/schemas/${component}`)
  if (!validate) throw new Error(`There is no schema ${component}.`)
  if (validate(body)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  )
}

function validatorOf(schemas: unknown): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'provider', ...Object(schemas) })
  return ajv
}

/** The same schemas, but what an object does not name it may not have. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  const isClosable = copy.type === 'object' && 'properties' in copy && !('additionalProperties' in copy)
  return isClosable ? { ...copy, additionalProperties: false } : copy
}
