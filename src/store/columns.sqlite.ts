import { customType, integer } from 'drizzle-orm/sqlite-core'

/** Epoch milliseconds. */
export const time = (name: string) => integer(name)
export const json = <T>(name: string) =>
  customType<{ data: T; driverData: string | null }>({
    dataType: () => 'text',
    // Prepared statements hand nulls to this too; drizzle's own JSON mode would store the word "null".
    toDriver: (value) => (value === null ? null : JSON.stringify(value)),
    fromDriver: (value) => JSON.parse(String(value)),
  })(name)
