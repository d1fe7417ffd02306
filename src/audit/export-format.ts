/*
 * The lines of an export of the log, NDJSON. The header comes first, then every leaf at its place, each checkpoint right
 * after the last leaf that it covers, so that whoever reads need remember none, and the end.
 */

export interface ExportHeader {
  /** The name of the log. */
  origin: string
  /** Index of the first leaf, and the roots of the complete subtrees before it, largest first; base64. */
  first: number
  peaks: readonly string[]
  /** Leaves from this index on have no body here, because they were not asked for. */
  bodiesEnd: number
  /** The verifier keys. */
  keys: readonly string[]
}

export function headerLine(header: ExportHeader): string {
  return line({ clustergateAuditExport: { version: 1, ...header } })
}

/** The entry stands last, so that its bytes are those between the colon before it and the brace at the end. */
export function leafLine(index: number, entryId: string, leafHash: Buffer, document: string | null): string {
  const head = `{"leafIndex":${index},"entryId":${JSON.stringify(entryId)},"leafHash":"${leafHash.toString('base64')}"`
  return document === null ? `${head}}\n` : `${head},"entry":${document}}\n`
}

export function checkpointLine(note: string): string {
  return line({ checkpoint: note })
}

export function endLine(treeSize: number, entries: number): string {
  return line({ end: { treeSize, entries } })
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
