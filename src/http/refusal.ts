import type { AuditTarget } from '../cluster/audit.ts'
import { onlyTeam } from '../cluster/caller.ts'
import { type IdPrefix, idPattern } from '../cluster/id.ts'
import type { Problem, ProblemCode } from '../cluster/problem.ts'
import { recordAuditAlone } from '../store/audit-entries.ts'
import { PolicyDenied } from '../store/check-policy.ts'
import { recordDenied } from '../store/policy-requests.ts'
import type { Exchange } from './exchange.ts'
import { Throttled } from './failed-authentications.ts'
import { Hidden } from './hidden.ts'
import type { GuardedOperation } from './operation.ts'

/**
 * Writes down that an operation was refused: who was denied, and which change failed. A read that fails for another
 * cause than the caller's rights is no event. Fails with `audit-unavailable` where the entry cannot be written.
 */
export async function recordRefusal(
  exchange: Exchange,
  operation: GuardedOperation,
  problem: Problem,
): Promise<void> {
  if (problem instanceof Throttled) return recordBlocked(exchange, problem)
  const denied = problem.status === 401 || problem.status === 403 || problem instanceof Hidden
  const refusedChange = operation.method !== 'get' && (problem.status < 500 || closed.includes(problem.code))
  if (!denied && !refusedChange) return
  const { store } = exchange.deps
  const record = {
    action: operation.audit,
    outcome: denied ? ('DENIED' as const) : ('FAILURE' as const),
    targets: targetsOf(exchange, problem),
    team: teamOf(exchange, problem),
    ...(problem.extras.policy && { policy: problem.extras.policy }),
  }
  if (problem instanceof PolicyDenied) await recordDenied(store, exchange.attribution(), record, problem)
  else await recordAuditAlone(store, exchange.attribution(), record)
}

/** One entry when an address is held back. More would let anybody fill the log. */
async function recordBlocked(exchange: Exchange, { isFirst }: Throttled): Promise<void> {
  if (!isFirst) return
  await recordAuditAlone(exchange.deps.store, exchange.attribution(), {
    action: 'auth.blocked',
    outcome: 'DENIED',
    targets: [],
    team: null,
  })
}
/** The gateway's own doing, not a fault of it. */
const closed: readonly ProblemCode[] = ['frozen', 'master-key-lost']

function teamOf({ subject, caller }: Exchange, problem: Problem): string | null {
  if (problem instanceof Hidden) return problem.owner
  if (subject) return subject.team
  if (problem instanceof PolicyDenied && problem.asked) return problem.asked.team
  return caller && onlyTeam(caller.scopes)
}

function targetsOf({ subject, params }: Exchange, problem: Problem): AuditTarget[] {
  if (problem instanceof Hidden) return [problem.target]
  return subject ? [subject.target] : targetOfPath(params.id)
}

const targetTypes = { clu: 'cluster', con: 'connection', key: 'api_key' } as const satisfies Partial<
  Record<IdPrefix, AuditTarget['type']>
>

/** A refusal may come before the thing was looked up: then a well-formed id is all that is known of it. */
function targetOfPath(id: string | undefined): AuditTarget[] {
  if (id === undefined) return []
  for (const prefix of ['clu', 'con', 'key'] as const) {
    if (idPattern(prefix).test(id)) return [{ type: targetTypes[prefix], id, displayName: id }]
  }
  return []
}
