import { Problem } from '../cluster/problem.ts'
import type { Reply } from './reply.ts'

/** A problem as RFC 9457 shows it. */
export function problemReply(problem: Problem, requestId: string, instance: string): Reply {
  const { extras } = problem
  const document = {
    type: `/problems/${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance,
    code: problem.code,
    requestId,
    retryable: problem.retryable,
    ...(extras.errors && { errors: extras.errors }),
    ...(extras.provider && { provider: extras.provider }),
    ...(extras.policy && { policy: extras.policy }),
    ...extras.members,
  }
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', ...extras.headers }
  if (extras.retryAfterS !== undefined) headers['retry-after'] = String(Math.ceil(extras.retryAfterS))
  return { status: problem.status, headers, body: JSON.stringify(document) }
}

/** What is thrown, as a problem. What nobody foresaw becomes a 500 that keeps its cause to the log. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (isReadFault(error)) {
    const detail = 'The store cannot be read now.'
    return new Problem('storage-unavailable', detail, { retryAfterS: 5 }, error)
  }
  const detail = 'The cause is in the log, under this request id.'
  return new Problem('internal-error', detail, {}, error)
}

/** Faults of the storage itself; a broken query is a bug and stays a 500. */
function isReadFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^SQLITE_(IOERR|BUSY|LOCKED|CANTOPEN|CORRUPT|NOTADB|NOMEM)/.test(code)
}
