import { Problem } from '../cluster/problem.ts'

/** SQLSTATE, or what Node says of a socket. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** The server is away, stops, starts, or has no place: another attempt may find it well. */
export function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (
    /^(08...|57P0[1-5]|25P03|53300|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/.test(
      codeOf(error),
    )
  )
    return true
  // What the driver says of a socket that ended has no code.
  return /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/.test(
    error.message,
  )
}

/** Transactions that met: none of this one is done, and another attempt sees what the other did. */
export function isConflict(error: unknown): boolean {
  return /^(40001|40P01|55P03)$/.test(codeOf(error))
}

/** Faults of the storage itself, as against a broken rule (a constraint) or a bug (bad SQL). */
function isStorageFault(error: unknown): boolean {
  return (
    isConnectionFault(error) || isConflict(error) || /^(53...|57014|58...|25006|XX00.)$/.test(codeOf(error))
  )
}

export function storageProblem(error: unknown): unknown {
  if (!isStorageFault(error)) return error
  return new Problem(
    'audit-unavailable',
    'The change was not made: its record could not be written to the store.',
    { retryAfterS: 5 },
    error,
  )
}

export function readProblem(error: unknown): unknown {
  if (!isStorageFault(error)) return error
  return new Problem('storage-unavailable', 'The store cannot be read now.', { retryAfterS: 5 }, error)
}
