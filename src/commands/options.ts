import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { StartRefusal } from '../cluster/start-refusal.ts'

/** The options of a command that takes nothing else. @throws StartRefusal */
export function readOptions<T extends ParseArgsOptionsConfig>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values
  } catch (error) {
    throw new StartRefusal(error instanceof Error ? error.message : String(error))
  }
}
