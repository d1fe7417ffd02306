import { and, type SQL, sql } from 'drizzle-orm'
import { fixedLimit } from '../statements.ts'

/** A number that is a part of the statement; see `fixedLimit`. */
export function fixed(rows: number): SQL {
  return sql`${fixedLimit(rows)}`
}

export function listed(parts: readonly (SQL | object)[]): SQL {
  return sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  )
}

export function all(...conditions: (SQL | undefined)[]): SQL {
  return and(...conditions) ?? sql`1 = 1`
}
