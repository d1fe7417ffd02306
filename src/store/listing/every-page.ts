import type { Snapshot } from '../snapshots.ts'
import type { Session } from '../store.ts'
import type { Position } from './read-page.ts'

/** What an export holds at once. Of more rows V8 keeps those for long that live through two of its collections. */
const rowsAtOnce = 50

/** Where a page begins, and how many rows it may have. */
export interface Step {
  size: number
  after: Position | undefined
}

/** Reads a list in a snapshot to its end, so many rows at a time. */
export async function* everyPage<T>(
  snapshot: Snapshot,
  read: (session: Session, step: Step) => Promise<{ page: T; next: Position | null }>,
): AsyncGenerator<T> {
  let after: Position | undefined
  do {
    const step = { size: rowsAtOnce, after }
    const { page, next } = await snapshot.read((session) => read(session, step))
    yield page
    after = next ?? undefined
  } while (after)
}
