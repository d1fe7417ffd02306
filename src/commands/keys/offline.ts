import { systemClock } from '../../cluster/clock.ts'
import { newId } from '../../cluster/id.ts'
import { StartRefusal } from '../../cluster/start-refusal.ts'
import { type Config, readConfig, type Secrets } from '../../config.ts'
import { openSqlite } from '../../store/open.ts'
import type { Store } from '../../store/store.ts'
import type { Keyring } from '../../vault/keyring.ts'
import { withKeptKeys } from '../kept-keys.ts'

/** Settings with the master keys of the settings, or of the files of the sandbox run. @throws StartRefusal without any */
export function readKeySettings() {
  const { config, secrets } = readConfig(process.env, { requireMasterKey: false })
  return { config, secrets: requireKey(withKeptKeys(secrets, config.dataDir)) }
}

function requireKey(secrets: Secrets): Secrets & { keyring: Keyring } {
  if (secrets.masterKey === null) {
    throw new StartRefusal(
      'There is no master key. Set CLUSTERGATE_MASTER_KEY, or its _FILE or _COMMAND, as for clustergate serve.',
    )
  }
  return { ...secrets, keyring: { current: secrets.masterKey, former: secrets.previousMasterKeys } }
}

/** The database, while no gateway has it. @throws StoreInUse */
export function openStore({ database }: Pick<Config, 'database'>): Store {
  if (database.engine !== 'sqlite') {
    throw new StartRefusal(
      'Whether a gateway runs on a PostgreSQL database cannot be told from here. Ask one that does: keys rotate --url URL.',
    )
  }
  return openSqlite({ path: database.file, clock: systemClock, newId })
}
