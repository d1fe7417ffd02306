import { gatewayItself } from '../cluster/actor.ts'
import { Problem } from '../cluster/problem.ts'
import { StartRefusal } from '../cluster/start-refusal.ts'
import {
  activateMasterKey,
  beginSealing,
  countSealed,
  noteMasterKey,
  readCurrentKid,
  readMasterKeys,
  tellCounts,
} from '../store/master-keys.ts'
import { findCanary } from '../store/meta.ts'
import { checkCanary, sealCanary } from '../vault/canary.ts'
import { kidOffset, readLabel } from '../vault/envelope.ts'
import { VaultError } from '../vault/vault-error.ts'
import { MasterKeys, type MasterKeysDeps } from './master-keys.ts'

/**
 * Makes sure that the given keys open all that the database holds. A current key that the database has never seen is a
 * rotation: it seals from now on, and `run` brings the rest under it. @throws StartRefusal
 */
export async function openMasterKeys(deps: MasterKeysDeps): Promise<MasterKeys> {
  const { store, keyring } = deps
  const masterKeys = new MasterKeys(deps)
  await requireNeededKeys(deps)
  if ((await findCanary(store)) === null) {
    await beginSealing(store, keyring.current.kid, await sealCanary(masterKeys.vault))
  }
  const canary = (await findCanary(store)) ?? ''
  await requireCanary(masterKeys, canary)
  if ((await readCurrentKid(store.reader)) === null) {
    await noteMasterKey(store, readLabel(canary)?.kid ?? keyring.current.kid)
  }
  await settleCurrent(deps)
  return masterKeys
}

async function requireNeededKeys({ store, keyring }: MasterKeysDeps): Promise<void> {
  const { kids } = keyring
  const missing = [...(await countSealed(store.reader, kidOffset))].filter(([kid]) => !kids.has(kid))
  if (missing.length === 0) return
  const needs = missing.map(([kid, values]) => `Master key ${kid} is missing: ${tellCounts(values)} need it.`)
  throw new StartRefusal(
    `The given master keys do not open all that this database holds. ${needs.join(' ')} Given: ${[...kids].join(', ')}. ` +
      'Start with the missing key in CLUSTERGATE_PREVIOUS_MASTER_KEYS (or its _FILE or _COMMAND), or in CLUSTERGATE_MASTER_KEY if no other has taken its place. ' +
      'If it is lost, CLUSTERGATE_RECOVERY=read-only starts without it, and docs/keys.md tells the way on.',
  )
}

/** The canary tells a key that has the right id and is another one all the same. */
async function requireCanary({ vault }: MasterKeys, canary: string): Promise<void> {
  try {
    await checkCanary(vault, canary)
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    throw new StartRefusal(
      `CLUSTERGATE_MASTER_KEY does not open what this database holds. ${error.message} ` +
        'Start with the key that sealed it, or with an empty database.',
    )
  }
}

/** A key that was the current one before, and no longer is, does not become it again by a start with older settings. */
async function settleCurrent({ store, keyring, log }: MasterKeysDeps): Promise<void> {
  const { kid } = keyring.current
  const current = await readCurrentKid(store.reader)
  if (kid === current) return
  const known = (await readMasterKeys(store.reader)).some((key) => key.kid === kid)
  if (known && current !== null && keyring.prefer(current)) {
    log.warn(
      { given: kid, kid: current },
      'CLUSTERGATE_MASTER_KEY is an earlier master key: the later one seals',
    )
    return
  }
  try {
    await activateMasterKey(store, { who: gatewayItself(store.newId('req')) }, kid)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new StartRefusal(`CLUSTERGATE_MASTER_KEY cannot be used: ${error.message}`)
  }
}
