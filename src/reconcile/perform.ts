import { type Applied, ProviderFailure } from '../cluster/failure.ts'
import type { Access, Account, Adapter, Created, Observed, Wanted } from '../cluster/provider.ts'
import type { ClusterRow } from '../store/cluster-rows.ts'
import type { Step } from './plan.ts'

/** What a step brought to light. */
export type Finding =
  | { step: 'create'; created: Created }
  | { step: 'look'; found: Observed[]; providerTime: number | null }
  | { step: 'observe'; observed: Observed | null; access: Access | null }
  | { step: 'update'; observed: Observed | null; done: string | null; requestId: string | null }
  | { step: 'suspend' | 'resume' | 'delete'; requestId: string | null }
  | { step: 'forget' | 'rest' }
  | { step: 'failed'; of: Step; failure: ProviderFailure }

export function wantedOf(row: ClusterRow): Wanted {
  return {
    name: row.name,
    displayName: row.displayName,
    region: row.region,
    labels: row.labels,
    spec: row.spec,
  }
}

/** Makes the step's call. Never throws: whatever goes wrong is a finding too. */
export async function perform(
  adapter: Adapter,
  account: Account,
  row: ClusterRow,
  step: Step,
): Promise<Finding> {
  try {
    return await call(adapter, account, row, step)
  } catch (error) {
    return { step: 'failed', of: step, failure: asFailure(error, step) }
  }
}

async function call(adapter: Adapter, account: Account, row: ClusterRow, step: Step): Promise<Finding> {
  if (step === 'forget' || step === 'rest') return { step }
  if (step === 'create') return { step, created: await adapter.create(account, wantedOf(row)) }
  if (step === 'look') return { step, ...(await adapter.find(account, wantedOf(row))) }
  if (row.externalId === null)
    throw new Error(`a cluster that nobody has seen upstream cannot be asked to ${step}`)
  if (step === 'observe') return observe(adapter, account, row, row.externalId)
  if (step === 'update') return update(adapter, account, row, row.externalId)
  return { step, ...(await adapter[step](account, row.externalId)) }
}

async function observe(
  adapter: Adapter,
  account: Account,
  row: ClusterRow,
  externalId: string,
): Promise<Finding> {
  const observed = await adapter.observe(account, externalId)
  if (observed?.state !== 'READY' || row.access !== null) return { step: 'observe', observed, access: null }
  return { step: 'observe', observed, access: await tryAccess(adapter, account, observed) }
}

/** How to reach a cluster is worth a second question, but not worth failing the first one for. */
async function tryAccess(adapter: Adapter, account: Account, observed: Observed): Promise<Access | null> {
  try {
    return await adapter.access(account, observed)
  } catch (error) {
    if (error instanceof ProviderFailure) return null
    throw error
  }
}

async function update(
  adapter: Adapter,
  account: Account,
  row: ClusterRow,
  externalId: string,
): Promise<Finding> {
  const observed = await adapter.observe(account, externalId)
  if (observed === null) return { step: 'update', observed, done: null, requestId: null }
  const { change = {}, before = {}, doneSteps = [] } = row.work
  // What the provider does not tell is taken to be as it was: only what the caller changed is asked for.
  const known = { ...observed, spec: { ...before.spec, ...observed.spec } }
  const { step: done, requestId } = await adapter.update(account, known, change, doneSteps)
  return { step: 'update', observed, done, requestId }
}

/** A fault of our own in the middle of a call leaves its outcome as unknown as a lost reply does. */
function asFailure(error: unknown, step: Step): ProviderFailure {
  if (error instanceof ProviderFailure) return error
  const reading = step === 'look' || step === 'observe' || step === 'forget' || step === 'rest'
  const applied: Applied = reading ? 'no' : 'unknown'
  const failure = new ProviderFailure({
    kind: 'protocol',
    applied,
    retryable: true,
    message: 'clustergate could not make sense of this step; its log says why.',
  })
  failure.cause = error
  return failure
}
