import {
  and,
  Column,
  eq,
  gt,
  gte,
  is,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  not,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import { betweenOf, type Condition, type FieldTest, type Test } from '../../cluster/filter/condition.ts'

type Operand = SQLiteColumn | SQL

/** Where the fields of a filter are found in a table. */
export interface FieldColumns {
  fields: Readonly<Record<string, Operand>>
  /** Of a field with several values: whether one of them passes. */
  several?: Readonly<Record<string, (passes: (value: SQL) => SQL) => SQL>>
  /** Whether an entry of a map is there whose value passes. */
  entry?: (field: string, key: string, passes: (value: SQLiteColumn) => SQL) => SQL
  /** Holds the words of the row, each with a space before it. */
  words?: SQLiteColumn
}

/**
 * The condition in SQL, every value a parameter, the same for each engine. Negations are moved down to the tests, where
 * null is dealt with, so that nothing above them is ever unknown and an index can serve what stands alone.
 */
export function compile(condition: Condition, columns: FieldColumns, negated = false): SQL {
  switch (condition.kind) {
    case 'not':
      return compile(condition.part, columns, !negated)
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => compile(part, columns, negated))
      // Of no alternatives none holds; drizzle would leave the question out.
      return (condition.kind === 'and') === negated ? (or(...parts) ?? sql`1 = 0`) : whole(and(...parts))
    }
    case 'word': {
      const { words } = columns
      if (!words) throw new Error('The table is not searched by words.')
      const found = sql`${words} like ${`% ${condition.begins}%`}`
      return negated ? not(found) : found
    }
    case 'test':
      return compileTest(condition, columns, negated)
  }
}

/**
 * How long a row takes to be asked, about, in comparisons of a column with a value: parts of texts and of JSON take longer
 * to be looked at, and what is in another table, or a list in JSON, much longer.
 */
export function costOf(condition: Condition, columns: FieldColumns): number {
  switch (condition.kind) {
    case 'not':
      return costOf(condition.part, columns)
    case 'and':
    case 'or':
      return condition.parts.reduce((sum, part) => sum + costOf(part, columns), 0)
    case 'word':
      return 4
    case 'test': {
      const operand = columns.fields[condition.field]
      if (condition.key !== undefined || operand === undefined) return 16
      return is(operand, Column) && condition.test.is !== 'like' ? 1 : 4
    }
  }
}

function compileTest({ field, key, test }: FieldTest, columns: FieldColumns, negated: boolean): SQL {
  if (key !== undefined) {
    if (!columns.entry) throw new Error(`${field} is no map.`)
    const there = columns.entry(field, key, (value) => passes(value, test))
    return negated ? not(there) : there
  }
  const several = columns.several?.[field]
  if (several) {
    const there = several((value) => passes(value, test))
    return negated ? not(there) : there
  }
  const operand = columns.fields[field]
  if (operand === undefined) throw new Error(`${field} has no column.`)
  if (!negated) return passes(operand, test)
  if (test.is === 'present') return isNull(operand)
  const fails = failsOf(operand, test)
  return 'notNull' in operand && operand.notNull ? fails : whole(or(isNull(operand), fails))
}

const comparisons = { '=': eq, '<': lt, '<=': lte, '>': gt, '>=': gte } as const
const opposites = { '=': ne, '<': gte, '<=': gt, '>': lte, '>=': lt } as const

function passes(operand: Operand, test: Test): SQL {
  if (test.is === 'present') return isNotNull(operand)
  // A column writes its values as it stores them; a value of its own is written as it is.
  if (test.is === 'compared') return comparisons[test.operator](operand as SQLiteColumn, test.value)
  return isLike(operand, test)
}

function failsOf(operand: Operand, test: Exclude<Test, { is: 'present' }>): SQL {
  if (test.is === 'compared') return opposites[test.operator](operand as SQLiteColumn, test.value)
  return not(isLike(operand, test))
}

/** Without LIKE, whose treatment of case differs between engines. */
function isLike(operand: Operand, { how, text, anyCase }: Extract<Test, { is: 'like' }>): SQL {
  // Of a text that begins so, an index knows where it lies.
  if (how === 'begins' && !anyCase) {
    const ends = betweenOf(text).map(([operator, end]) => comparisons[operator](operand as SQLiteColumn, end))
    return whole(and(...ends))
  }
  const [value, part] = anyCase ? [sql`lower(${operand})`, sql`lower(${text})`] : [operand, sql`${text}`]
  const length = sql.raw(String([...text].length))
  switch (how) {
    case 'begins':
      return sql`substr(${value}, 1, ${length}) = ${part}`
    case 'ends':
      return sql`(length(${value}) >= ${length} and substr(${value}, length(${value}) - ${length} + 1) = ${part})`
    case 'contains':
      return sql`replace(${value}, ${part}, '') <> ${value}`
  }
}

function whole(condition: SQL | undefined): SQL {
  return condition ?? sql`1 = 1`
}
