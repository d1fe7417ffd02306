import { bigint, customType } from 'drizzle-orm/pg-core'

/** What SQLite keeps in one integer of eight bytes. */
export const integer = (name: string) => bigint(name, { mode: 'number' })

/** Epoch milliseconds. */
export const time = integer

export const json = <T>(name: string) =>
  customType<{ data: T; driverData: string | null }>({
    dataType: () => 'text',
    // Prepared statements hand nulls to this too; drizzle's own JSON mode would store the word "null".
    toDriver: (value) => (value === null ? null : JSON.stringify(value)),
    fromDriver: (value) => JSON.parse(String(value)),
  })(name)
