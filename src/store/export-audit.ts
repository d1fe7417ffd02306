import { checkpointLine, endLine, headerLine, leafLine } from '../audit/export-format.ts'
import { readVerifierKey } from '../audit/verifier.mjs'
import { checkpointsFrom, findCheckpoint } from './audit-checkpoints.ts'
import { listVerifierKeys } from './audit-keys.ts'
import { frontierAt } from './audit-tree.ts'
import type { Session } from './store.ts'
import { indexesBetween, walkLog } from './walk-audit.ts'

/** Times in epoch milliseconds, `from` included, `to` excluded. */
export interface ExportRange {
  from?: number
  to?: number
}

/** The lines of an export. Reads a page at a time. */
export async function* exportLog(session: Session, range: ExportRange): AsyncGenerator<string> {
  const part = await partOf(session, range)
  const keys = await listVerifierKeys(session)
  const [key = ''] = keys
  const { first, bodiesEnd, end } = part
  const peaks = (await frontierAt(session, first)).peaks.map((hash) => hash.toString('base64'))
  const { name: origin } = readVerifierKey(key)
  yield headerLine({ origin, first, peaks, bodiesEnd, keys })
  let entries = 0
  for await (const walked of walkLog(session, first)) {
    if ('checkpoint' in walked) {
      yield checkpointLine(walked.checkpoint)
      continue
    }
    const { index, entryId, leafHash, entry } = walked.leaf
    if (index >= end) break
    const document = index < bodiesEnd ? (entry?.document ?? null) : null
    yield leafLine(index, entryId, leafHash, document)
    if (document !== null) entries++
  }
  yield endLine(end, entries)
}

/**
 * What to export: all that a checkpoint covers; or from the first to the last entry of the time asked for, and the leaf
 * hashes after that up to the next checkpoint.
 */
async function partOf(session: Session, { from, to }: ExportRange) {
  const all = (await findCheckpoint(session))?.size ?? 0
  if (from === undefined && to === undefined) return { first: 0, bodiesEnd: all, end: all }
  const asked = await indexesBetween(session, from ?? 0, to ?? Number.MAX_SAFE_INTEGER)
  const first = Math.min(asked?.first ?? all, all)
  const bodiesEnd = Math.min(asked?.end ?? all, all)
  const [covering] = await checkpointsFrom(session, bodiesEnd, 1)
  return { first, bodiesEnd, end: covering?.size ?? all }
}
