import type { JsonObject } from '../../cluster/json.ts'
import { type Html, html, prose } from './html.ts'
import { listAt, objectAt, operationsOf, textAt } from './openapi-parts.ts'
import { operationSection } from './operation-view.ts'
import { page } from './page.ts'
import { schemaSection } from './schema-view.ts'

/** The whole reference as one page, made of the OpenAPI document alone. */
export function referencePage(document: JsonObject): string {
  const info = objectAt(document, 'info')
  const title = `${textAt(info, 'title')} ${textAt(info, 'version')}`
  const tags = listAt(document, 'tags').filter(
    (tag) => operationsOf(document, textAt(tag, 'name')).length > 0,
  )
  const schemas = Object.entries(objectAt(document, 'components', 'schemas'))
  const body = html`<nav aria-label="Contents"><a href="#top"><strong>${title}</strong></a>
${tags.map((tag) => contentsOf(document, textAt(tag, 'name')))}
<h2>Schemas</h2><ul>${schemas.map(([name]) => html`<li><a href="#schema-${name}">${name}</a></li>`)}</ul></nav>
<main id="top"><h1>${title}</h1>${prose(textAt(info, 'description'))}
<p><a href="/openapi.json">openapi.json</a></p>
${tags.map((tag) => tagSection(document, tag))}
<h2 id="schemas">Schemas</h2>${schemas.map(([name, schema]) => schemaSection(name, objectAt(schema)))}
</main>`
  return page(title, body)
}

function contentsOf(document: JsonObject, tag: string): Html {
  const links = operationsOf(document, tag).map(
    ({ operation }) =>
      html`<li><a href="#${textAt(operation, 'operationId')}">${textAt(operation, 'summary')}</a></li>`,
  )
  return html`<h2>${tag}</h2><ul>${links}</ul>`
}

function tagSection(document: JsonObject, tag: JsonObject): Html {
  const name = textAt(tag, 'name')
  const sections = operationsOf(document, name).map((documented) => operationSection(document, documented))
  return html`<h2 id="tag-${name}">${name}</h2>${prose(textAt(tag, 'description'))}${sections}`
}
