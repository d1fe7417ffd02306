import type { Json, JsonObject } from '../cluster/json.ts'
import type { Lines } from '../store/lines.ts'

export const ndjsonType = 'application/x-ndjson'
export const csvType = 'text/csv'

/** A form of a list that can be written line by line. */
export interface LineFormat {
  contentType: string
  /** What comes before the first line. */
  head: string
  lines(documents: readonly string[]): string
}

export const ndjson: LineFormat = { contentType: ndjsonType, head: '', lines: toNdjson }

/** Documents that come some at a time, as lines. */
export async function* linesOf({ lines }: LineFormat, pages: AsyncIterable<string[]>): AsyncGenerator<Lines> {
  for await (const documents of pages) yield { rows: documents.length, bytes: Buffer.from(lines(documents)) }
}

/** A document a line. */
export function toNdjson(documents: readonly string[]): string {
  return documents.map((document) => `${document}\n`).join('')
}

/** The columns of a table by name, each with how it is read from a document. */
export type Columns = Readonly<Record<string, (document: JsonObject) => Json | undefined>>

/** RFC 4180, with a line of names first. */
export function csvOf(columns: Columns): LineFormat {
  const reads = Object.values(columns)
  const row = (document: string) => {
    const read = JSON.parse(document) as JsonObject
    return line(reads.map((column) => cell(column(read) ?? '')))
  }
  return {
    contentType: `${csvType}; charset=utf-8`,
    head: line(Object.keys(columns)),
    lines: (documents) => documents.map(row).join(''),
  }
}

function line(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`
}

function cell(value: Json): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  // A spreadsheet would carry out what begins like a formula; an apostrophe makes it text.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
