import { type Account, authenticate, type Caller } from './accounts.ts'
import type { Call, Operation } from './call.ts'
import type { RateLimit } from './rate-limit.ts'
import { RpcError } from './rpc-error.ts'
import type { FireworksWorld } from './world.ts'

/** Who calls, about which account; or why they may not. */
export function admit(
  { world, rateLimit }: { world: FireworksWorld; rateLimit: RateLimit },
  operation: Operation,
  headers: Headers,
  accountId: string | undefined,
): Pick<Call, 'caller' | 'account'> | RpcError {
  try {
    const caller = authenticate(headers, world.accounts)
    if (!rateLimit.admits(caller.apiKeyId, world.mode.requestsPerMinute, world.now()))
      throw new RpcError('RESOURCE_EXHAUSTED', 'rate limit exceeded, please try again later')
    const account = requireAccount(world, caller, accountId)
    requireOpen(world, operation, account)
    return { caller, account }
  } catch (error) {
    if (error instanceof RpcError) return error
    throw error
  }
}

function requireAccount({ mode }: FireworksWorld, caller: Caller, accountId: string | undefined): Account {
  const account = caller.accounts.find((own) => accountId === undefined || own.accountId === accountId)
  if (account) return account
  // A refusal of this kind comes without a text.
  const text = mode.foreignAccount === 'NOT_FOUND' ? `Account "accounts/${accountId}" not found` : ''
  throw new RpcError(mode.foreignAccount, text)
}

function requireOpen({ mode }: FireworksWorld, operation: Operation, account: Account): void {
  if (operation.scope === 'account') return
  if (account.suspendState !== 'UNSUSPENDED')
    throw new RpcError(
      mode.suspendedHttpStatus === 412 ? 'FAILED_PRECONDITION' : 'PERMISSION_DENIED',
      `Account ${account.accountId} is suspended: ${account.suspendState}`,
      mode.suspendedHttpStatus,
    )
  if (operation.scope === 'clusters' && mode.clusterCollection !== 'enabled')
    throw new RpcError(mode.clusterCollection, 'clusters are not enabled for this account')
}
