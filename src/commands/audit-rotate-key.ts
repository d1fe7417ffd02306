import { systemClock } from '../cluster/clock.ts'
import { newId } from '../cluster/id.ts'
import { StartRefusal } from '../cluster/start-refusal.ts'
import { storePlace } from '../config.ts'
import { rotateSigningKey, signingKeyPlace } from '../store/audit-keys.ts'
import { findCanary } from '../store/meta.ts'
import { openStoreBeside } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { checkCanary } from '../vault/canary.ts'
import { createVault, type Vault } from '../vault/vault.ts'
import { VaultError } from '../vault/vault-error.ts'
import type { Command } from './command.ts'
import { readKeySettings } from './keys/offline.ts'
import { operatorAttribution } from './operator.ts'
import { readOptions } from './options.ts'

/** `clustergate audit rotate-key`: prints the verifier key of the key that signs from now on. */
export const command: Command = {
  async run(args) {
    const { reason } = readOptions(args, { reason: { type: 'string' } })
    const { config, secrets } = readKeySettings()
    const vault = createVault(secrets.keyring)
    await using store = await openStoreBeside(storePlace(config, secrets), { clock: systemClock, newId })
    await requireFittingKey(store, vault)
    const verifierKey = await rotateSigningKey(store, operatorAttribution(reason), (privateKey, id) =>
      vault.seal(privateKey, signingKeyPlace(id)),
    )
    console.log(verifierKey)
    return null
  },
}

/** What another master key sealed, the gateway could not open. */
async function requireFittingKey(store: Store, vault: Vault): Promise<void> {
  const canary = await findCanary(store)
  if (canary === null)
    throw new StartRefusal('No gateway was started on this database yet, so there is no key.')
  try {
    await checkCanary(vault, canary)
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    throw new StartRefusal(`The master key is not that of this database. ${error.message}`)
  }
}
