import type { AuditTarget } from '../../cluster/audit.ts'
import { Problem } from '../../cluster/problem.ts'
import { StartRefusal } from '../../cluster/start-refusal.ts'
import { findLost } from '../../keys/lost-secrets.ts'
import { resetMasterKey } from '../../store/reset-master-key.ts'
import type { Store } from '../../store/store.ts'
import { sealCanary } from '../../vault/canary.ts'
import { readLabel } from '../../vault/envelope.ts'
import type { Keyring } from '../../vault/keyring.ts'
import { createVault } from '../../vault/vault.ts'
import type { Command } from '../command.ts'
import { withEveryKeptKey } from '../kept-keys.ts'
import { operatorAttribution } from '../operator.ts'
import { readOptions } from '../options.ts'
import { openStore, readKeySettings } from './offline.ts'

const confirmation = 'i-have-lost-the-master-key'

/** `clustergate keys reset`: gives up what lost master keys have sealed, and goes on with the one of the settings. */
export const command: Command = {
  async run(args) {
    const options = readOptions(args, { [confirmation]: { type: 'boolean' }, reason: { type: 'string' } })
    if (!options[confirmation]) {
      throw new StartRefusal(
        `keys reset gives up every API key and password that the given master keys do not open, for ever. If that is meant, say --${confirmation}.`,
      )
    }
    const { config, secrets } = readKeySettings()
    await using store = openStore(config)
    const { reason } = options
    const keyring = withEveryKeptKey(secrets.keyring, config.dataDir)
    await reset(store, keyring, typeof reason === 'string' ? reason : 'The master key was lost.')
    return null
  },
}

async function reset(store: Store, keyring: Keyring, reason: string): Promise<void> {
  const held = new Set([keyring.current, ...keyring.former].map(({ kid }) => kid))
  const lost = await findLost(store.reader, held)
  if (!lost)
    throw new StartRefusal('Nothing is lost: the given master keys open everything. Nothing was changed.')
  await giveUp(store, keyring, { held, lostKids: lost.kids, reason })
  console.log(`What the master keys ${lost.kids.join(', ')} had sealed was given up.`)
  tell('These connections need their API keys again (PATCH /connections/{id} with apiKey):', lost.connections)
  tell('The credentials of these clusters are LOST (PUT /clusters/{id}/credentials):', lost.clusters)
  console.log('Now start the gateway, without CLUSTERGATE_RECOVERY.')
}

async function giveUp(
  store: Store,
  keyring: Keyring,
  { held, lostKids, reason }: { held: ReadonlySet<string>; lostKids: string[]; reason: string },
): Promise<void> {
  try {
    await resetMasterKey(
      store,
      { who: operatorAttribution(reason) },
      {
        kid: keyring.current.kid,
        canary: await sealCanary(createVault(keyring)),
        lostKids,
        isLost: (envelope) => {
          const kid = readLabel(envelope)?.kid
          return kid !== undefined && !held.has(kid)
        },
      },
    )
  } catch (error) {
    if (error instanceof Problem) throw new StartRefusal(error.message)
    throw error
  }
}

function tell(heading: string, targets: readonly AuditTarget[]): void {
  if (targets.length === 0) return
  console.log([heading, ...targets.map(({ id, displayName }) => `  ${id}  ${displayName}`)].join('\n'))
}
