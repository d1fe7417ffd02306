import { StartRefusal } from '../cluster/start-refusal.ts'
import type { Command } from './command.ts'

const subcommands: Record<string, () => Promise<{ command: Command }>> = {
  verify: () => import('./audit-verify.ts'),
  export: () => import('./audit-export.ts'),
  'rotate-key': () => import('./audit-rotate-key.ts'),
}

/** `clustergate audit …`: what is to be done with the log apart from the API. A gateway may run on the database meanwhile. */
export const command: Command = {
  async run([name = '', ...args]) {
    const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (!load) throw new StartRefusal(`Say what: audit ${Object.keys(subcommands).join(', audit ')}.`)
    const { command } = await load()
    return command.run(args)
  },
}
