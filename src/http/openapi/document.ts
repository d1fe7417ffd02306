import { OpenAPIHono } from '@hono/zod-openapi'
import type { Operation } from '../operation.ts'
import { problemSchema } from '../schemas/problem.ts'
import { headerParameters } from './header-parameters.ts'
import { parametersOf } from './parameters.ts'
import { problemResponse, problemResponseNames, problemsOf } from './problem-responses.ts'
import { responsesOf } from './responses.ts'

export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>

const description = `One HTTP gateway in front of every provider of clusters.

Send an API key as \`Authorization: Bearer cgk_…\`, or a JWT of an OIDC issuer that the gateway trusts. Bodies are JSON in lowerCamelCase, times RFC 3339 in UTC, errors RFC 9457 problem documents with a stable \`code\`. Every response carries \`X-Request-Id\`, which the log and the audit log know; send one of your own to have it used.

A change is accepted at once (202) and carried out after: watch the cluster's \`operation\`, or send \`Prefer: wait=30\`. Send an \`Idempotency-Key\` with every POST, and repeat it as often as you like.`

const license = { name: 'Apache 2.0', identifier: 'Apache-2.0' }

const tags = [
  { name: 'Clusters', description: 'Ask for clusters, and know all that there are.' },
  { name: 'Credentials', description: 'The secrets with which clusters are used.' },
  { name: 'Connections', description: 'Accounts at providers.' },
  { name: 'Providers', description: 'What each kind of upstream can do.' },
  { name: 'Audit', description: 'Who did what.' },
  { name: 'Access', description: 'Who may do what.' },
  { name: 'Operations', description: 'For whoever runs the gateway.' },
]

/** The OpenAPI document of the operations, in their order. */
export function describe(operations: readonly Operation[], version: string): OpenApiDocument {
  const docs = new OpenAPIHono()
  const { openAPIRegistry: registry } = docs
  registry.register('Problem', problemSchema)
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key of this gateway, as `POST /api-keys` makes them, or a JWT of an issuer that it trusts.',
  })
  registry.registerComponent('headers', 'XRequestId', {
    description: 'Names this request in the log and the audit log.',
    schema: { type: 'string' },
  })
  for (const [name, { problems, ...parameter }] of Object.entries(headerParameters)) {
    registry.registerComponent('parameters', name, { in: 'header', ...parameter })
  }
  const documented = operations.filter((operation) => !operation.undocumented)
  const statuses = new Set(documented.flatMap((operation) => [...problemsOf(operation).keys()]))
  for (const status of [...statuses].sort()) {
    registry.registerComponent('responses', problemResponseNames[status] ?? '', problemResponse(status))
  }
  for (const operation of documented) registry.registerPath(pathOf(operation))
  return docs.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'clustergate',
      version,
      description,
      contact: { name: 'Whoever runs this gateway' },
      license,
    },
    servers: [{ url: '/', description: 'This gateway.' }],
    tags,
  })
}

type RouteConfig = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0]

function pathOf(operation: Operation): RouteConfig {
  const { operationId, method, path, summary, description, body, query } = operation
  return {
    operationId,
    method,
    path,
    tags: [...operation.tags],
    summary,
    description,
    security: operation.permission === 'public' ? [] : [{ apiKey: [] }],
    parameters: parametersOf(operation),
    request: {
      ...(query && { query }),
      ...(body && {
        body: {
          required: body.optional !== true,
          content: Object.fromEntries(
            body.contentTypes.map((type) => [type, { schema: body.schema, examples: { ...body.examples } }]),
          ),
        },
      }),
    },
    responses: responsesOf(operation),
  }
}
