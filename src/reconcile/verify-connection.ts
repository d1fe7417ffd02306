import type { OperationError } from '../cluster/cluster.ts'
import { ProviderFailure } from '../cluster/failure.ts'
import type { Account, Adapter, Directory } from '../cluster/provider.ts'
import { settleConnection } from '../store/connection-claims.ts'
import type { ConnectionRow } from '../store/connections.ts'
import { openAccount } from './accounts.ts'
import type { ReconcilerDeps } from './reconciler.ts'
import { operationError } from './settlement.ts'
import { retryDelayMs } from './timing.ts'

/** Proves that a connection's key opens its account, and reads what there is to choose from. */
export async function verifyConnection(deps: ReconcilerDeps, row: ConnectionRow): Promise<void> {
  const { adapters, store, timing, clock, random, log } = deps
  const adapter = adapters[row.provider]
  if (!adapter) throw new Error(`there is no adapter for ${row.provider}`)
  const account = await openAccount(deps, row, store.newId('req'))
  const { error, directory } = await ask(adapter, account)
  const delay = error ? retryDelayMs(timing, 4, null, random) : timing.syncIntervalMs
  await settleConnection(store, row, { error, directory, dueTime: clock.now() + delay })
  log.info({ connectionId: row.id, verified: error === null }, 'connection verified')
}

async function ask(
  adapter: Adapter,
  account: Account,
): Promise<{ error: OperationError | null; directory: Directory | null }> {
  try {
    await adapter.verify(account)
    return { error: null, directory: await adapter.directory(account) }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return { error: operationError(error, adapter.id), directory: null }
  }
}
