import { hash } from 'node:crypto'
import type { AppDeps } from './app-deps.ts'

/** Seals the API key of a connection for its row. */
export async function sealUpstreamKey({ vault }: AppDeps, connectionId: string, apiKey: string) {
  const place = { table: 'connections', row: connectionId, column: 'sealedApiKey' }
  return {
    sealedApiKey: await vault.seal(apiKey, place),
    apiKeyFingerprint: hash('sha256', apiKey).slice(0, 16),
  }
}
