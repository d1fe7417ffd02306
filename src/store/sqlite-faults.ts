import { Problem } from '../cluster/problem.ts'
import { movedText } from './moved.ts'

/** SQLite's code, or that of a file system that could not sync. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY')
}

/** Faults of the storage itself, as against a broken rule (a constraint) or a bug (bad SQL). */
function isStorageFault(error: unknown): boolean {
  return /^(SQLITE_(FULL|IOERR|BUSY|LOCKED|CANTOPEN|CORRUPT|NOTADB|READONLY|NOMEM)|EIO|ENOSPC|EDQUOT|EROFS)/.test(
    codeOf(error),
  )
}

export function storageProblem(error: unknown): unknown {
  if (error instanceof Error && error.message === movedText) {
    return new Problem(
      'audit-unavailable',
      'The data was moved to PostgreSQL, and the gateway there takes the changes.',
      { retryAfterS: 30 },
      error,
    )
  }
  if (!isStorageFault(error)) return error
  return new Problem(
    'audit-unavailable',
    codeOf(error).startsWith('SQLITE_')
      ? 'The change was not made: its record could not be written to the store. Reading still works.'
      : 'The disk failed while the change was put on it, so that no more is written. Restart the gateway, then see what is there.',
    { retryAfterS: 5 },
    error,
  )
}
