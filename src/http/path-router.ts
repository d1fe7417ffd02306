import { METHOD_NAME_ALL, type Result, type Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'

/**
 * Finds the handler of a path: one without parameters by its text, any other by one regular expression for all of them,
 * which is Hono's quickest but cannot tell `/clusters/import` from `/clusters/{id}`.
 */
export class PathRouter<T> implements Router<T> {
  readonly name = 'PathRouter'
  readonly #fixed = new Map<string, Result<T>>()
  readonly #patterns = new RegExpRouter<T>()

  /** @throws Error at what this cannot tell apart: handlers of one method, or several of one path */
  add(method: string, path: string, handler: T): void {
    if (method !== METHOD_NAME_ALL || path.includes('*') || this.#fixed.has(path))
      throw new Error(`${method} ${path}: each path has one handler, for all methods`)
    if (path.includes(':')) this.#patterns.add(method, path, handler)
    else this.#fixed.set(path, [[[handler, {}]]])
  }

  match(method: string, path: string): Result<T> {
    return this.#fixed.get(path) ?? this.#patterns.match(method, path)
  }
}
