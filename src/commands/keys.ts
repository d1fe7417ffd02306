import { StartRefusal } from '../cluster/start-refusal.ts'
import type { Command } from './command.ts'

const subcommands: Record<string, () => Promise<{ command: Command }>> = {
  'break-glass': () => import('./keys-break-glass.ts'),
}

/** `clustergate keys …` */
export const command: Command = {
  async run([name = '', ...args]) {
    const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
    if (!load) {
      const known = Object.keys(subcommands).map((each) => `keys ${each}`)
      throw new StartRefusal(`keys takes one of: ${known.join(', ')}. "clustergate help" lists the commands.`)
    }
    const { command } = await load()
    return command.run(args)
  },
}
