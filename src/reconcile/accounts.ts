import type { Clock } from '../cluster/clock.ts'
import { unsent } from '../cluster/failure.ts'
import type { Account, Adapter, Limits, Send } from '../cluster/provider.ts'
import { apiKeyPlace, type ConnectionRow } from '../store/connection-rows.ts'
import type { Vault } from '../vault/vault.ts'

export interface AccountOpener {
  vault: Vault
  clock: Clock
  /** How to call for a connection: within its provider's limits, and apart from every other connection. */
  sendFor: (connection: { id: string }, limits: Limits) => Send
  /** Told of every secret that is opened, so that no log line can show it. */
  hide: (secret: string) => void
  /** Takes out of a text every secret that `hide` was told of. */
  scrub: (text: string) => string
}

/**
 * Opens a connection's sealed key for one step. Every call made with it carries the id of the request behind it
 * (`X-Request-Id`), so that a provider's support can find it too. Nothing that changes something leaves after
 * `notAfter`: whoever slept over its lease must not act on what it knew before.
 */
export async function openAccount(
  opener: AccountOpener,
  connection: ConnectionRow,
  adapter: Adapter,
  { requestId, notAfter }: { requestId: string; notAfter: number },
): Promise<Account> {
  const apiKey = await opener.vault.open(connection.sealedApiKey, apiKeyPlace(connection))
  opener.hide(apiKey)
  const send = opener.sendFor(connection, adapter.limits)
  return {
    settings: connection.settings,
    apiKey,
    send: async (request) => {
      const headers = { ...request.headers, 'x-request-id': requestId }
      const call = { ...request, provider: adapter.id, headers }
      if (request.method === 'GET') return send(call)
      if (opener.clock.now() > notAfter) throw unsent('the step took so long that another process may do it')
      return send({ ...call, notAfter })
    },
  }
}
