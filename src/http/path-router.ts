import type { Result, Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'

/**
 * Finds the handler of a path: one without parameters by its text, any other by one regular expression for all of them,
 * which is Hono's quickest but cannot tell `/clusters/import` from `/clusters/{id}`.
 */
export class PathRouter<T> implements Router<T> {
  readonly name = 'PathRouter'
  readonly #fixed = new Map<string, Result<T>>()
  readonly #patterns = new RegExpRouter<T>()

  add(method: string, path: string, handler: T): void {
    if (path.includes(':') || path.includes('*')) this.#patterns.add(method, path, handler)
    else this.#fixed.set(path, [[[handler, {}]]])
  }

  match(method: string, path: string): Result<T> {
    return this.#fixed.get(path) ?? this.#patterns.match(method, path)
  }
}
