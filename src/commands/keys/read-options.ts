import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { StartRefusal } from '../../cluster/start-refusal.ts'

/** The options of a command. @throws StartRefusal for one that there is not */
export function readOptions<T extends ParseArgsOptionsConfig>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, strict: true }).values
  } catch (error) {
    throw new StartRefusal(error instanceof Error ? error.message : String(error))
  }
}
