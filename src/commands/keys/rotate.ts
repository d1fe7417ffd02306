import { Problem } from '../../cluster/problem.ts'
import { StartRefusal } from '../../cluster/start-refusal.ts'
import type { Config } from '../../config.ts'
import type { KeySources } from '../../keys/key-sources.ts'
import { LiveKeyring } from '../../keys/live-keyring.ts'
import { openMasterKeys } from '../../keys/open-master-keys.ts'
import { createLoggers } from '../../log.ts'
import { readCurrentKid } from '../../store/master-keys.ts'
import type { Store } from '../../store/store.ts'
import { StoreInUse } from '../../store/store-refusal.ts'
import { SecretValues } from '../../vault/secret-values.ts'
import type { Command } from '../command.ts'
import { keptKeySources, replaceKeyFile } from '../kept-keys.ts'
import { operatorAttribution } from '../operator.ts'
import { readOptions } from '../options.ts'
import { type KeysAnswer, runningGateway } from './ask-gateway.ts'
import { openStore, readKeySettings } from './offline.ts'

type KeySettings = ReturnType<typeof readKeySettings>

/** Answers once the new key is where the current one is read from. */
type MakeKey = () => void

/**
 * `clustergate keys rotate`: asks the gateway that runs to rotate, or does it on the database while none does. With
 * `--make-key`, and in the folder of the sandbox run, it makes the new key and writes both key files, as soon as it knows
 * who is to rotate. A key that was made before, and not rotated to because somebody stopped in between, is the new one.
 */
export const command: Command = {
  async run(args) {
    const options = readOptions(args, { url: { type: 'string' }, 'make-key': { type: 'boolean' } })
    const settings = readKeySettings()
    const { config, secrets } = settings
    const makes = options['make-key'] || isKept(config, secrets.keySources)
    const makeKey = makes ? keyMaker(secrets.keySources) : () => {}
    if (options.url !== undefined) await rotateRunning(settings, makeKey, options.url)
    else await rotateWherever(settings, makeKey)
    return null
  },
}

function isKept({ dataDir }: Config, { current }: KeySources): boolean {
  return current.kind === 'file' && current.path === keptKeySources(dataDir).current.path
}

function keyMaker({ current, previous }: KeySources): MakeKey {
  if (current.kind !== 'file' || previous.kind !== 'file') {
    throw new StartRefusal(
      'A new key can be written to files alone: set CLUSTERGATE_MASTER_KEY_FILE and CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE. ' +
        'Otherwise put the new key where the gateway reads it, the old one among the previous ones, and rotate without --make-key.',
    )
  }
  const files = { current: current.path, previous: previous.path }
  return () => {
    replaceKeyFile(files)
    console.log(
      `A new master key is in ${files.current}, the earlier one in ${files.previous}. Back both up.`,
    )
  }
}

async function rotateWherever(settings: KeySettings, makeKey: MakeKey): Promise<void> {
  let store: Store
  try {
    store = openStore(settings.config)
  } catch (error) {
    if (error instanceof StoreInUse) return rotateRunning(settings, makeKey)
    throw error
  }
  await using opened = store
  await rotateStopped(settings, makeKey, opened)
}

async function rotateRunning(
  { config, secrets }: KeySettings,
  makeKey: MakeKey,
  url?: string,
): Promise<void> {
  const gateway = runningGateway(config, secrets, url)
  const { keys, readOnly } = await gateway.ask('GET', '/admin/keys')
  const { kid } = secrets.keyring.current
  if (!readOnly && keys.some((key) => key.kid === kid)) makeKey()
  await gateway.ask('POST', '/admin/keys/rotate')
  const answer = await gateway.rewrapped(({ rewrap }) =>
    console.log(`${rewrap.rewrapped} values rewrapped, ${rewrap.remaining} to go`),
  )
  conclude(answer)
}

/** The same on the database alone. */
async function rotateStopped(
  { config, secrets }: KeySettings,
  makeKey: MakeKey,
  store: Store,
): Promise<void> {
  const { log } = createLoggers({ level: config.logLevel, secrets: new SecretValues(secrets.texts) })
  const keyring = new LiveKeyring(secrets.keyring, secrets.keySources, () => {})
  const before = await readCurrentKid(store.reader)
  const masterKeys = await openMasterKeys({ store, keyring, log, pause: async () => {} })
  try {
    // A key that the database has never seen was taken by opening it; a rewrap that was broken off is gone on with.
    const taken = (await readCurrentKid(store.reader)) !== before
    const unfinished = (await masterKeys.report()).rewrap.remaining > 0
    if (!taken && !unfinished) {
      makeKey()
      await masterKeys.rotate({ who: operatorAttribution(undefined) })
    }
  } catch (error) {
    if (error instanceof Problem) throw new StartRefusal(error.message)
    throw error
  }
  await masterKeys.rewrap()
  conclude(await masterKeys.report())
}

function conclude({ keys, rewrap }: KeysAnswer): void {
  const current = keys.find(({ role }) => role === 'CURRENT')
  if (rewrap.remaining > 0) {
    throw new StartRefusal(
      `${rewrap.remaining} values do not open and are still under an earlier key. The log names each.`,
    )
  }
  console.log(`Master key ${current?.kid} is the current one, and everything is under it.`)
  for (const { kid } of keys.filter(({ retirable }) => retirable)) {
    console.log(`Nothing needs ${kid} any more. Retire it: POST /admin/keys/${kid}/retire.`)
  }
}
