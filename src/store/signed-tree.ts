import { type Frontier, openCheckpoint, Refusal, readVerifierKey } from '../audit/verifier.mjs'
import { findCheckpoint } from './audit-checkpoints.ts'
import { listVerifierKeys } from './audit-keys.ts'
import { frontierAt, LogMistrust, logSize } from './audit-tree.ts'
import type { Session } from './store.ts'

/** What the log was when a checkpoint was last signed over it. */
export interface SignedTree {
  size: number
  root: Buffer
}

/**
 * The end of the log, to append to, once it is certain that it was signed: a signature over it would vouch for whatever
 * the tables hold. `known` is what this process knows to be signed; null where it only has the database to go by.
 * @throws LogMistrust
 */
export async function signedFrontier(session: Session, known: SignedTree | null): Promise<Frontier> {
  const size = await logSize(session)
  if (known && size < known.size) {
    throw new LogMistrust(`the audit log has ${size} entries, and ${known.size} were signed: its end is gone`)
  }
  const frontier = await frontierAt(session, size)
  if (known) requireRoot(known.size === size ? frontier : await frontierAt(session, known.size), known)
  // What is larger than what this process signed was signed by another one.
  if (known?.size !== size) requireRoot(frontier, await latestSigned(session))
  return frontier
}

function requireRoot({ size, root }: Frontier, signed: SignedTree): void {
  if (size === signed.size && root.equals(signed.root)) return
  throw new LogMistrust(
    `the audit log's ${size} entries are not the ${signed.size} that were signed: its past was changed`,
  )
}

/** What the latest checkpoint in the database signs. */
async function latestSigned(session: Session): Promise<SignedTree> {
  const checkpoint = await findCheckpoint(session)
  if (!checkpoint) return frontierAt(session, 0)
  const keys = (await listVerifierKeys(session)).map(readVerifierKey)
  try {
    return openCheckpoint(checkpoint.note, keys)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new LogMistrust(`the latest checkpoint of the audit log is not good: ${error.message}`)
  }
}
