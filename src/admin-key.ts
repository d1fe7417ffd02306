import { anonymousActor, everyTeam } from './cluster/actor.ts'
import { newId } from './cluster/id.ts'
import { hashApiKey, idInApiKey } from './http/api-key-text.ts'
import { ensureApiKey } from './store/api-keys.ts'
import type { Store } from './store/store.ts'

/** Has the key of the settings let its holder do everything, from the first start on. */
export async function acceptAdminKey(store: Store, adminKey: string): Promise<void> {
  const actor = {
    ...anonymousActor,
    type: 'system',
    id: 'operator',
    displayName: 'CLUSTERGATE_ADMIN_KEY',
  } as const
  const who = {
    actor,
    requestId: newId('req'),
    context: { ip: null, userAgent: null, interface: 'cli' },
  } as const
  await ensureApiKey(
    store,
    { who },
    {
      id: idInApiKey(adminKey) ?? newId('key'),
      displayName: 'CLUSTERGATE_ADMIN_KEY',
      scopes: [{ role: 'admin', team: everyTeam }],
      hash: hashApiKey(adminKey),
      expireTime: null,
    },
  )
}
