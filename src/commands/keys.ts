import { StartRefusal } from '../cluster/start-refusal.ts'
import type { Command } from './command.ts'

const subcommands: Record<string, () => Promise<{ command: Command }>> = {
  make: () => import('./keys/make.ts'),
  'break-glass': () => import('./keys/break-glass.ts'),
  rotate: () => import('./keys/rotate.ts'),
  reset: () => import('./keys/reset.ts'),
}

/** `clustergate keys …`: what is done about keys on the command line. */
export const command: Command = {
  async run([name = '', ...args]) {
    const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (!load) throw new StartRefusal(`Say what to do: keys ${Object.keys(subcommands).join(', keys ')}.`)
    const { command } = await load()
    return command.run(args)
  },
}
