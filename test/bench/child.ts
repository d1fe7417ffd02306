import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Answer, Calls } from './rpc.ts'

export interface ChildOptions {
  args?: string[]
  execArgv?: string[]
  env?: NodeJS.ProcessEnv
  /** File descriptor that takes what the process prints. Default: this process's own standard error. */
  output?: number
}

/** A process of our own that answers calls (see `answerCalls`). Ends with its scope. */
export class Child<C extends Calls> implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  /** Starts a module of this folder, or one by its absolute path. */
  constructor(module: string, { args = [], execArgv = [], env, output = 2 }: ChildOptions = {}) {
    this.#process = fork(resolve(import.meta.dirname, module), args, {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', output, output, 'ipc'],
      ...(env && { env }),
    })
    this.#process.on('message', (answer: Answer) => this.#settle(answer))
    this.#ended = once(this.#process, 'exit')
    this.#process.once('exit', (code) => this.#giveUp(`${module} ended with code ${code}`))
  }

  /** Asks and waits for the answer. */
  call<K extends keyof C & string>(name: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>> {
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#process.send({ id, name, args })
    return waiting.promise as Promise<Awaited<ReturnType<C[K]>>>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM')
    await this.#ended
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if ('error' in answer) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer.value)
  }

  #giveUp(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(why))
    this.#waiting.clear()
  }
}
