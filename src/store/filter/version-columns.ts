import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Tables } from '../store.ts'
import { keptFields } from './cluster-columns.ts'
import type { FieldColumns } from './compile.ts'
import { someEntry } from './json-text.ts'

/** Where the fields of a former version of a cluster are found, and until when it was so. */
export function versionColumns({ clusterVersions: t }: Tables): FieldColumns {
  return {
    fields: { ...keptFields(t), validUntil: t.validUntil },
    // A value of JSON is compared as it is, like that of a column of texts.
    entry: (_, key, passes) => someEntry(t.labels, key, (value) => passes(value as unknown as SQLiteColumn)),
    words: t.words,
  }
}
