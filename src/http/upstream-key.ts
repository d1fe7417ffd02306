import { sameJson } from '../cluster/json.ts'
import { apiKeyPlace, type ConnectionRow, fingerprintOf } from '../store/connection-rows.ts'
import { reseal } from '../vault/rewrap.ts'
import type { AppDeps } from './app-deps.ts'

/** Seals the API key of a connection for its row and teams. */
export async function sealUpstreamKey(
  { vault }: AppDeps,
  connection: Pick<ConnectionRow, 'id' | 'teams'>,
  apiKey: string,
) {
  return {
    sealedApiKey: await vault.seal(apiKey, apiKeyPlace(connection)),
    apiKeyFingerprint: fingerprintOf(apiKey),
  }
}

/** What a change does to the sealed API key of a connection: it follows a new key, and new teams. */
export async function changeUpstreamKey(
  deps: AppDeps,
  row: ConnectionRow,
  { teams = row.teams, apiKey }: { teams?: string[] | undefined; apiKey?: string | undefined },
): Promise<Partial<Pick<ConnectionRow, 'sealedApiKey' | 'apiKeyFingerprint'>>> {
  const after = { id: row.id, teams }
  if (apiKey !== undefined) return sealUpstreamKey(deps, after, apiKey)
  if (sameJson(teams, row.teams) || row.sealedApiKey === '') return {}
  return { sealedApiKey: await reseal(deps.vault, row.sealedApiKey, apiKeyPlace(row), apiKeyPlace(after)) }
}
