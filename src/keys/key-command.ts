import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

/** A command that should print a key and did not. The message shows neither its arguments nor what it printed. */
export class KeyCommandError extends Error {
  override name = 'KeyCommandError'
}

const timeoutMs = 10_000
const options = { encoding: 'utf8', timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const

/** What a command prints. @throws KeyCommandError */
export async function runKeyCommand(command: string): Promise<string> {
  const [program, ...args] = splitCommand(command)
  const running = promisify(execFile)(program, args, { ...options, env: environment() })
  running.child.stdin?.end()
  try {
    return (await running).stdout
  } catch (error) {
    throw explained(program, error)
  }
}

/** The same for the start, when nobody waits for anything else. */
export function runKeyCommandSync(command: string): string {
  const [program, ...args] = splitCommand(command)
  try {
    return execFileSync(program, args, {
      ...options,
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    throw explained(program, error)
  }
}

/**
 * Splits a command into its words. No shell sees it: words are set apart by white space, quotes of either kind keep
 * what is between them together, and nothing else has a meaning. @throws KeyCommandError
 */
export function splitCommand(command: string): [string, ...string[]] {
  const word = /(?:[^\s"']+|"[^"]*"|'[^']*')+/g
  if (/["']/.test(command.replace(word, ''))) throw new KeyCommandError('A quote is not closed.')
  const [program, ...args] = (command.match(word) ?? []).map((quoted) =>
    quoted.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  )
  if (!program) throw new KeyCommandError('It names no program.')
  return [program, ...args]
}

/** Of this process, without what only it may know. */
function environment(): NodeJS.ProcessEnv {
  const { CLUSTERGATE_MASTER_KEY, CLUSTERGATE_PREVIOUS_MASTER_KEYS, CLUSTERGATE_ADMIN_KEY, ...rest } =
    process.env
  return rest
}

/** Takes no part of the error over: it holds what was printed. */
function explained(program: string, error: unknown): KeyCommandError {
  const name = JSON.stringify(program)
  const { code, status, signal, killed } = error as Record<string, unknown>
  if (code === 'ETIMEDOUT' || (killed === true && signal === options.killSignal)) {
    return new KeyCommandError(`${name} gave no key within ${timeoutMs / 1000} seconds.`)
  }
  if (code === 'ENOBUFS' || code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return new KeyCommandError(`${name} printed more than a key.`)
  }
  if (typeof code === 'string') {
    return new KeyCommandError(`${name} cannot be started (${code}). Name a program that is there.`)
  }
  const end = signal ? `was ended by ${signal}` : `ended with ${status ?? code}`
  return new KeyCommandError(`${name} ${end}. Run it by hand to see why: what it prints is not shown here.`)
}
