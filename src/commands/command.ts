import { StartRefusal } from '../cluster/start-refusal.ts'

/** A command of the command line. Each is a module of its own, so that one run loads the code of one command alone. */
export interface Command {
  /** Does it with the arguments that follow its name. Answers what goes on until it is told to stop, else null. */
  run(args: string[]): Promise<Running | null>
}

export interface Running {
  stop(): Promise<void>
}

/** What is given as an option must not seem to have been taken. @throws StartRefusal */
export function refuseArguments(command: string, args: readonly string[]): void {
  if (args.length === 0) return
  throw new StartRefusal(
    `${command} takes no options, and ${args[0]} is one too many. "clustergate help" lists the commands.`,
  )
}
