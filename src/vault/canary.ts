import { everyTeam } from '../cluster/actor.ts'
import type { Place } from '../cluster/place.ts'
import type { Vault } from './vault.ts'
import { VaultError } from './vault-error.ts'

/** Where the canary is kept: one known text, whose opening proves that the keyring fits the store. */
export const canaryPlace: Place = { table: 'gateway', row: 'canary', column: 'sealed', team: everyTeam }

const canary = 'clustergate canary'

export function sealCanary(vault: Vault): Promise<string> {
  return vault.seal(canary, canaryPlace)
}

/** Resolves when the vault's keys are those that the store was sealed with. @throws VaultError when they are not */
export async function checkCanary(vault: Vault, envelope: string): Promise<void> {
  if ((await vault.open(envelope, canaryPlace)) !== canary) {
    throw new VaultError('tampered', 'The canary is not the text that was sealed.')
  }
}
