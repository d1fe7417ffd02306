import type { AuditAction } from '../cluster/audit.ts'
import type { Change as FieldChange } from '../cluster/json.ts'
import type { PolicyAct } from '../cluster/policy.ts'
import { waitingForApproval } from './approval-columns.ts'
import { recordAudit } from './audit-entries.ts'
import { type Checked, checkPolicy, policyOf } from './check-policy.ts'
import { visibleChanges } from './cluster-changes.ts'
import { type ClusterRow, type NewClusterRow, readClusterRow, updateClusterRow } from './cluster-rows.ts'
import { requireConnection, requireFreeName } from './create-cluster.ts'
import { keepAnswer, refuseRepeat } from './idempotency.ts'
import { type Changed, type Mutation, requireMatch } from './mutation.ts'
import { findPolicy } from './policies.ts'
import { keepPolicyRequest } from './policy-requests.ts'
import type { Session, Store } from './store.ts'

type Patch = Partial<NewClusterRow> | null

interface ClusterChange {
  action: AuditAction
  /** What changes; null where nothing does. */
  decide: (row: ClusterRow, session: Session) => Patch | Promise<Patch>
  /** As what the team's policy is asked about it; left out or null where it is none of a policy's affair. */
  act?: PolicyAct | null | ((row: ClusterRow) => PolicyAct | null)
  /** What the entry tells beside what changed. */
  notes?: readonly FieldChange[]
  /** The status of the answer: 200 where nothing is left to do. */
  status?: 200 | 202
}

/**
 * Reads the row, lets `decide` say what changes and the team's policy whether it may, writes it with its audit entry
 * and the answer to a repeat.
 */
export async function changeCluster(
  store: Store,
  mutation: Mutation,
  id: string,
  { action, decide, act = null, notes = [], status = 202 }: ClusterChange,
): Promise<Changed> {
  return store.write(async (session) => {
    await refuseRepeat(session, mutation.idempotency)
    const before = await readClusterRow(session, id)
    requireMatch(mutation, before.version)
    const decided = await decide(before, session)
    const asked = typeof act === 'function' ? act(before) : act
    const checked =
      decided === null || asked === null || before.management === 'UNMANAGED'
        ? null
        : await checkChange(store, session, mutation, asked, before, { ...before, ...decided })
    const patch = decided && { ...decided, ...checked?.waits }
    if (patch?.name !== undefined && patch.name !== before.name) {
      await requireFreeName(session, { ...before, connection: connectionOf(before), name: patch.name })
    }
    const after = patch === null ? before : await updateClusterRow(store, session, before, patch)
    const entryId = await recordAudit(store, session, mutation.who, {
      action,
      outcome: 'SUCCESS',
      targets: [{ type: 'cluster', id, displayName: after.name }],
      team: after.team,
      ...(checked && policyOf(checked)),
      changes: patch === null ? [] : [...visibleChanges(before, after), ...notes],
    })
    if (checked) await keepPolicyRequest(store, session, mutation.who, entryId, checked)
    const answer = { status, headers: {}, body: after.document }
    await keepAnswer(store, session, mutation.idempotency, answer, id)
    return { document: after.document, version: after.version }
  })
}

function connectionOf({ connectionId: id, connection: name }: ClusterRow) {
  return { id, name }
}

/** What the policy says to a row as it would be; a create that it holds back waits, unless that was approved before. */
async function checkChange(
  store: Store,
  session: Session,
  { who }: Mutation,
  act: PolicyAct,
  before: ClusterRow,
  after: ClusterRow,
): Promise<Checked & { waits: Partial<NewClusterRow> }> {
  const { team } = before
  if (act === 'create' || act === 'approve') {
    await requireConnection(session, connectionOf(before), team)
  }
  const { applies: policy } = await findPolicy(session, team)
  const checked = await checkPolicy(store, session, { policy, act, team, before, after })
  const waits =
    after.approval?.status === 'APPROVED' ? {} : waitingForApproval(who, checked, store.clock.now(), before)
  return { ...checked, waits }
}
