import { isJsonObject, type Json, type JsonObject } from '../../cluster/json.ts'
import { type Html, html, prose } from './html.ts'
import { listAt, objectAt, textAt } from './openapi-parts.ts'

/** What kind of value a schema allows, in a few words; components are links. */
export function typeOf(schema: JsonObject): Html {
  const ref = textAt(schema, '$ref')
  if (ref !== '') {
    const name = ref.slice(ref.lastIndexOf('/') + 1)
    return html`<a href="#schema-${name}">${name}</a>`
  }
  const branches = [...listAt(schema, 'oneOf'), ...listAt(schema, 'anyOf'), ...listAt(schema, 'allOf')]
  if (branches.length > 0) return joined(branches.map(typeOf), ' or ')
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (Array.isArray(schema.enum)) return joined(schema.enum.map(literal), ' | ')
  if (isJsonObject(schema.items)) return html`list of ${typeOf(schema.items)}`
  if (isJsonObject(schema.additionalProperties) && !schema.properties) {
    return html`map of ${typeOf(schema.additionalProperties)}`
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'any']
  const format = textAt(schema, 'format')
  return html`${types.map(String).join(' or ')}${format === '' ? '' : ` (${format})`}`
}

function literal(value: Json): Html {
  return html`<code>${String(value)}</code>`
}

function joined(pieces: Html[], separator: string): Html {
  return html`${pieces.map((piece, i) => (i === 0 ? piece : html`${separator}${piece}`))}`
}

/** The fields of an object, those of objects in it folded beneath them. */
export function fieldsView(schema: JsonObject): Html | null {
  const fields = Object.entries(objectAt(schema, 'properties'))
  if (fields.length === 0) return null
  const required = Array.isArray(schema.required) ? schema.required : []
  const rows = fields.map(([name, value]) => {
    const field = objectAt(value)
    const nested = fieldsView(field) ?? fieldsView(objectAt(field, 'items'))
    return html`<tr><th><code>${name}</code>${required.includes(name) ? html`<br><span class="dim">required</span>` : null}</th>
<td><span class="dim">${typeOf(field)}${rulesOf(field)}</span>${prose(textAt(field, 'description'))}
${nested && html`<details><summary>fields of ${name}</summary>${nested}</details>`}</td></tr>`
  })
  return html`<table>${rows}</table>`
}

/** The limits that a schema sets. */
function rulesOf(schema: JsonObject): string {
  const rules = ['minLength', 'maxLength', 'minimum', 'maximum', 'maxItems', 'pattern', 'default'] as const
  const said = rules.flatMap((rule) =>
    schema[rule] === undefined ? [] : [`${rule} ${JSON.stringify(schema[rule])}`],
  )
  return said.length === 0 ? '' : ` · ${said.join(', ')}`
}

/** One component schema. */
export function schemaSection(name: string, schema: JsonObject): Html {
  return html`<article id="schema-${name}"><h3>${name}</h3>${prose(textAt(schema, 'description'))}
${fieldsView(schema) ?? html`<p>${typeOf(schema)}</p>`}
${exampleView(schema.example)}</article>`
}

export function exampleView(example: Json | undefined): Html | null {
  if (example === undefined) return null
  const text = typeof example === 'string' ? example : JSON.stringify(example, null, 2)
  return html`<pre><code>${text}</code></pre>`
}
