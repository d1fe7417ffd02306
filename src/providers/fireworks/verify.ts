import { type FailureKind, ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject } from '../../cluster/json.ts'
import type { Account } from '../../cluster/provider.ts'
import { type Answer, call, notUnderstood } from './request.ts'
import { readSettings } from './settings.ts'
import { textOf } from './spec.ts'

export async function verify(account: Account): Promise<{ account: string; requestId: string | null }> {
  const { accountId } = readSettings(account.settings)
  const answer = await readAccount(account, accountId)
  const name = textOf(answer.json, 'name')
  if (name === null) throw notUnderstood(answer, 'the account has no resource name')
  if (name !== `accounts/${accountId}`) throw notUnderstood(answer, 'it tells of another account')
  refuseUnusable(answer, accountId)
  return { account: accountId, requestId: answer.requestId }
}

async function readAccount(account: Account, accountId: string): Promise<Answer> {
  try {
    const path = `/accounts/${encodeURIComponent(accountId)}`
    return await call(account, { operation: 'getAccount', method: 'GET', path })
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    if (error.kind !== 'not-found' && error.kind !== 'forbidden') throw error
    const others = await visibleAccounts(account)
    if (others.length === 0 || others.includes(accountId)) throw error
    const message = `The key does not open the account ${accountId}; it opens ${others.join(', ')}.`
    throw failure(error, 'forbidden', message)
  }
}

/** The accounts that the key opens, as far as Fireworks tells: this only makes a refusal clearer. */
async function visibleAccounts(account: Account): Promise<string[]> {
  try {
    const query = { pageSize: '2' }
    const { json } = await call(account, {
      operation: 'listAccounts',
      method: 'GET',
      path: '/accounts',
      query,
    })
    const accounts = Array.isArray(json.accounts) ? json.accounts.filter(isJsonObject) : []
    return accounts.flatMap((item) => textOf(item, 'name')?.replace(/^accounts\//, '') ?? [])
  } catch (error) {
    if (error instanceof ProviderFailure) return []
    throw error
  }
}

function refuseUnusable(answer: Answer, accountId: string): void {
  const state = textOf(answer.json, 'state')
  const suspended = textOf(answer.json, 'suspendState')
  if (suspended !== null && suspended !== 'UNSUSPENDED') {
    const kind = suspended === 'BLOCKED_BY_ABUSE_RULE' ? 'forbidden' : 'quota'
    throw failure(answer, kind, `The account ${accountId} is suspended: ${suspended}.`)
  }
  if (state === 'CREATING' || state === 'DELETING') {
    throw failure(answer, 'wrong-state', `The account ${accountId} cannot be used: it is ${state}.`)
  }
}

function failure(
  from: { httpStatus: number | null; requestId: string | null },
  kind: FailureKind,
  message: string,
): ProviderFailure {
  return new ProviderFailure({
    kind,
    applied: 'no',
    retryable: false,
    message,
    httpStatus: from.httpStatus ?? undefined,
    requestId: from.requestId ?? undefined,
  })
}
