import { stringify } from 'yaml'
import type { Adapters } from '../../cluster/provider.ts'
import { operations } from '../operations.ts'
import { describe, type OpenApiDocument } from './document.ts'

/** The OpenAPI 3.1 document of a gateway with these providers. */
export function buildDocument(adapters: Adapters, version: string): OpenApiDocument {
  return describe(operations(adapters, version), version)
}

/** The same as YAML, written the same way every time. */
export function renderOpenApiYaml(adapters: Adapters, version: string): string {
  const document = JSON.parse(JSON.stringify(buildDocument(adapters, version)))
  return stringify(document, { lineWidth: 100, aliasDuplicateObjects: false })
}
