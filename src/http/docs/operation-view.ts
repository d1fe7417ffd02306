import type { JsonObject } from '../../cluster/json.ts'
import { curlOf } from './curl.ts'
import { type Html, html, prose } from './html.ts'
import { type DocumentedOperation, listAt, objectAt, resolved, textAt } from './openapi-parts.ts'
import { exampleView, typeOf } from './schema-view.ts'

/** One operation: what it does, what it takes, what it answers, and how to try it. */
export function operationSection(document: JsonObject, documented: DocumentedOperation): Html {
  const { method, path, operation } = documented
  return html`<article id="${textAt(operation, 'operationId')}">
<h3>${textAt(operation, 'summary')}</h3>
<div class="path"><span class="verb ${method}">${method}</span><code>${path}</code></div>
${prose(textAt(operation, 'description'))}
${parametersView(document, operation)}
${bodyView(objectAt(operation, 'requestBody', 'content'))}
${responsesView(document, objectAt(operation, 'responses'))}
<h4>Try it</h4>
<pre><code>${curlOf(document, documented)}</code></pre>
</article>`
}

function parametersView(document: JsonObject, operation: JsonObject): Html | null {
  const parameters = listAt(operation, 'parameters').map((parameter) => resolved(document, parameter))
  if (parameters.length === 0) return null
  const rows = parameters.map(
    (
      parameter,
    ) => html`<tr><th><code>${textAt(parameter, 'name')}</code><br><span class="dim">${textAt(parameter, 'in')}</span></th>
<td><span class="dim">${typeOf(objectAt(parameter, 'schema'))}</span>${prose(descriptionOf(parameter))}</td></tr>`,
  )
  return html`<h4>Parameters</h4><table>${rows}</table>`
}

function descriptionOf(parameter: JsonObject): string {
  return textAt(parameter, 'description') || textAt(objectAt(parameter, 'schema'), 'description')
}

function bodyView(content: JsonObject): Html | null {
  const types = Object.entries(content)
  const [first] = types
  if (!first) return null
  const [, media] = first
  const examples = Object.values(objectAt(media, 'examples')).map((value) => {
    const example = objectAt(value)
    return html`<details><summary>${textAt(example, 'summary')}</summary>${exampleView(example.value)}</details>`
  })
  const names = types.map(([type]) => type).join(' or ')
  return html`<h4>Body</h4><p class="dim">${names}: ${typeOf(objectAt(media, 'schema'))}</p>${examples}`
}

function responsesView(document: JsonObject, responses: JsonObject): Html {
  const rows = Object.entries(responses).map(([status, value]) => {
    const response = resolved(document, objectAt(value))
    const media = Object.entries(objectAt(response, 'content')).map(([type, content]) =>
      mediaView(type, objectAt(content)),
    )
    return html`<tr><th><code>${status}</code></th><td>${prose(textAt(response, 'description'))}${media}</td></tr>`
  })
  return html`<h4>Responses</h4><table>${rows}</table>`
}

function mediaView(type: string, media: JsonObject): Html {
  const kind = html`<span class="dim">${type}: ${typeOf(objectAt(media, 'schema'))}</span>`
  if (media.example === undefined || type === 'application/problem+json') return kind
  return html`${kind}<details><summary>example</summary>${exampleView(media.example)}</details>`
}
