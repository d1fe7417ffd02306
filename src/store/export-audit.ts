import { readVerifierKey } from '../audit/verifier.mjs'
import { checkpointsFrom, findCheckpoint } from './audit-checkpoints.ts'
import { listVerifierKeys } from './audit-keys.ts'
import { frontierAt } from './audit-tree.ts'
import type { Session } from './store.ts'
import { indexesBetween, type WalkedLeaf, walkLog } from './walk-audit.ts'

/** Times in epoch milliseconds, `from` included, `to` excluded. */
export interface ExportRange {
  from?: number
  to?: number
}

/**
 * The lines of an export (NDJSON): what it is and the keys to check it by; every entry at its place, or its leaf hash
 * where there is no body; each checkpoint right after the last entry that it covers, so that a reader need remember none;
 * and a line that says that it is whole. Reads a page at a time.
 */
export async function* exportLog(session: Session, range: ExportRange): AsyncGenerator<string> {
  const part = await partOf(session, range)
  const keys = await listVerifierKeys(session)
  const [key = ''] = keys
  const { first, bodiesEnd, end } = part
  const peaks = frontierAt(session, first).peaks.map((hash) => hash.toString('base64'))
  const { name: origin } = readVerifierKey(key)
  yield line({ clustergateAuditExport: { version: 1, origin, first, peaks, bodiesEnd, keys } })
  let entries = 0
  for await (const walked of walkLog(session, first)) {
    if ('checkpoint' in walked) {
      yield line({ checkpoint: walked.checkpoint })
      continue
    }
    if (walked.leaf.index >= end) break
    const bare = walked.leaf.index >= bodiesEnd
    yield leafLine(bare ? { ...walked.leaf, entry: null } : walked.leaf)
    if (!bare && walked.leaf.entry) entries++
  }
  yield line({ end: { treeSize: end, entries } })
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

/** The entry stands last, so that its bytes are those between the colon before it and the brace at the end. */
function leafLine({ index, entryId, leafHash, entry }: WalkedLeaf): string {
  const head = `{"leafIndex":${index},"entryId":${JSON.stringify(entryId)},"leafHash":"${leafHash.toString('base64')}"`
  return entry ? `${head},"entry":${entry.document}}\n` : `${head}}\n`
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
