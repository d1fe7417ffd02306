/** What kind of values a field of a filter has, and with that what it may be compared with. */
export type FieldType =
  | { type: 'text' }
  | { type: 'enum'; values: readonly string[] }
  | { type: 'time' }
  | { type: 'number' }
  | { type: 'boolean' }
  /** A thing with fields of its own, of which can only be asked whether it is there. */
  | { type: 'thing' }
  /** Texts by key: `labels.env`. */
  | { type: 'map' }
  /** How long ago the time in another field is. */
  | { type: 'age'; since: string }

/** The fields that a filter may name. */
export type FieldTypes = Readonly<Record<string, FieldType>>
