import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const main = join(import.meta.dirname, '../../src/main.ts')
/** Halves the time that a start takes. */
const compileCache = join(tmpdir(), 'clustergate-compile-cache')

/** Killed with this process, however a test ended. */
const living = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

/** A real `clustergate …` process, with nothing of this one's environment but what finds programs. */
export class Process implements AsyncDisposable {
  stdout = ''
  stderr = ''
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  readonly #news = new EventEmitter()

  /** `program`: another module than the command line. */
  constructor(args: readonly string[], env: Record<string, string> = {}, cwd?: string, program = main) {
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(process.execPath, [program, ...args], {
      env: { PATH, HOME, NODE_COMPILE_CACHE: compileCache, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing here runs for so long: a test that hangs must not leave a process behind.
      timeout: 100_000,
      killSignal: 'SIGKILL',
      ...(cwd !== undefined && { cwd }),
    })
    this.#child = child
    living.add(child)
    child.once('exit', () => living.delete(child))
    this.ended = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      this.#news.emit('output')
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    void this.ended.then(() => this.#news.emit('output'))
  }

  /** What standard output says, as soon as it says it. Fails when the process ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout)
      if (match) return match
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(
          `it ended (${this.#child.exitCode}) without ${pattern}:\n${this.stdout}${this.stderr}`,
        )
      }
      await once(this.#news, 'output')
    }
  }

  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** Asks it to stop. Answers the exit code. */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM')
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }
}

/** Runs a command that ends by itself, or is ended for not doing so. */
export async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  await using child = new Process(args, env)
  const patience = setTimeout(() => child.signal('SIGKILL'), 30_000)
  const code = await child.ended
  clearTimeout(patience)
  return { code, stdout: child.stdout, stderr: child.stderr }
}
