import pg from 'pg'

/** Queries to PostgreSQL that are under way in this process: a simulated clock must not go on meanwhile. */
export const activity = { underWay: 0, beats: 0 }

type Method = (...args: unknown[]) => unknown

/** Counts the calls of a method until what it promises has come. */
function watch(prototype: object, name: string): void {
  const method = Reflect.get(prototype, name) as Method
  Reflect.set(prototype, name, function counted(this: unknown, ...args: unknown[]) {
    const answer = method.apply(this, args)
    if (!(answer instanceof Promise)) return answer
    activity.underWay += 1
    activity.beats += 1
    const end = () => {
      activity.underWay -= 1
      activity.beats += 1
    }
    answer.then(end, end)
    return answer
  })
}

/** From now on they are counted. */
export function watchQueries(): void {
  watch(pg.Client.prototype, 'query')
  watch(pg.Pool.prototype, 'query')
  watch(pg.Pool.prototype, 'connect')
}
