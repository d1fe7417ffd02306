import { type Attribution, everyTeam, longestReason } from '../../cluster/actor.ts'
import { systemClock, toRfc3339 } from '../../cluster/clock.ts'
import { newId } from '../../cluster/id.ts'
import { StartRefusal } from '../../cluster/start-refusal.ts'
import { readConfig, storePlace } from '../../config.ts'
import { hashApiKey, makeApiKeyText } from '../../http/api-key-text.ts'
import { createApiKey } from '../../store/api-keys.ts'
import { openStoreBeside } from '../../store/open-store.ts'
import type { Command } from '../command.ts'
import { operatorAttribution } from '../operator.ts'
import { readOptions } from '../options.ts'

const hourMs = 3600_000
const mostHours = 24

/**
 * `clustergate keys break-glass`: an admin key for when nobody can get in any more. It goes straight to the database,
 * whether the gateway runs or not; who may read and write that file may do anything, and this way it is written down.
 */
export const command: Command = {
  async run(args) {
    const { reason, hours } = readGiven(args)
    const { config, secrets } = readConfig(process.env, { requireMasterKey: false })
    await using store = await openStoreBeside(storePlace(config, secrets), { clock: systemClock, newId })
    const id = newId('key')
    const text = makeApiKeyText(id)
    const key = await createApiKey(
      store,
      { who: whoRunsThis(reason) },
      {
        id,
        displayName: 'break-glass',
        scopes: [{ role: 'admin', team: everyTeam }],
        hash: hashApiKey(text),
        expireTime: systemClock.now() + hours * hourMs,
        breakGlass: true,
      },
    )
    console.error(
      `${id} may do everything until ${toRfc3339(key.expireTime)}. This is in the audit log, with your reason, and each ` +
        'use of the key is logged. Its text is shown this once; revoke the key when you are done.',
    )
    console.log(text)
    return null
  },
}

function readGiven(args: string[]): { reason: string; hours: number } {
  const values = readOptions(args, { reason: { type: 'string' }, hours: { type: 'string', default: '1' } })
  const reason = values.reason?.trim() ?? ''
  if (reason === '' || reason.length > longestReason) {
    throw new StartRefusal(
      `Say why, in 1 to ${longestReason} characters: keys break-glass --reason "INC-1042: …"`,
    )
  }
  const hours = Number(values.hours)
  if (hours > 0 && hours <= mostHours) return { reason, hours }
  throw new StartRefusal(`--hours takes a number above 0, and ${mostHours} at the most.`)
}

function whoRunsThis(reason: string): Attribution {
  const who = operatorAttribution(reason)
  return { ...who, actor: { ...who.actor, breakGlass: true } }
}
