import type { OperationError } from '../cluster/cluster.ts'
import type { ConnectionSync } from '../cluster/connection.ts'
import { ProviderFailure } from '../cluster/failure.ts'
import type { Account, Adapter, Directory } from '../cluster/provider.ts'
import { renewVisit, settleVerification, settleVisit } from '../store/connection-claims.ts'
import type { ConnectionRow } from '../store/connection-rows.ts'
import { apiKeyLost } from '../store/lost-secrets.ts'
import { syncAbsent, syncPage } from '../store/sync.ts'
import { type AccountOpener, openAccount } from './accounts.ts'
import { compareListed, judgeAbsent } from './compare-listed.ts'
import { scrubFailure, scrubObserved } from './provider-words.ts'
import type { ReconcilerDeps } from './reconciler.ts'
import { absentSyncsNeeded } from './settle-observed.ts'
import { operationError } from './settlement.ts'
import { retryDelayMs } from './timing.ts'

/**
 * A visit to a connection: verifies its key, reads what it offers, and compares what it holds with the inventory,
 * page by page to the end. A visit that fails changes nothing but its own record.
 */
export async function visitConnection(deps: ReconcilerDeps, row: ConnectionRow): Promise<void> {
  const { adapters, store, timing, clock, random, log } = deps
  const adapter = adapters[row.provider]
  if (!adapter) throw new Error(`there is no adapter for ${row.provider}`)
  const requestId = store.newId('req')
  const startTime = clock.now()
  const opened = await open(deps, row, adapter, requestId)
  const verification =
    'error' in opened ? { ...opened, directory: null } : await verify(deps, adapter, opened.account)
  if (!(await settleVerification(store, row, { ...verification, requestId }))) return
  const listed =
    'account' in opened && verification.error === null
      ? await listAll(deps, row, adapter, opened.account, { requestId, startTime })
      : { error: verification.error, clusterCount: null }
  if (listed === 'lease lost') return
  const sync: ConnectionSync = {
    startTime,
    endTime: clock.now(),
    status: listed.error ? 'FAILED' : 'SUCCEEDED',
    completeTime: null,
    ...listed,
  }
  const delay = listed.error ? retryDelayMs(timing, 4, null, random) : timing.syncIntervalMs
  await settleVisit(store, row, { sync, dueTime: clock.now() + delay, requestId })
  deps.stepped?.({ step: 'visit', outcome: listed.error ? 'failed' : 'done' })
  log.info({ connectionId: row.id, sync, requestId }, 'connection visited')
}

type Opened = { account: Account } | { error: OperationError }

async function open(
  deps: AccountOpener & Pick<ReconcilerDeps, 'log'>,
  row: ConnectionRow,
  adapter: Adapter,
  requestId: string,
): Promise<Opened> {
  if (row.sealedApiKey === '') return { error: apiKeyLost }
  try {
    return { account: await openAccount(deps, row, adapter, { requestId, notAfter: 0 }) }
  } catch (err) {
    deps.log.error({ err, connectionId: row.id }, 'a connection could not be opened')
    const message = 'The stored API key could not be opened; the log of clustergate says why.'
    return { error: { code: 'connection-unopenable', message, retryable: false } }
  }
}

async function verify(
  { scrub }: AccountOpener,
  adapter: Adapter,
  account: Account,
): Promise<{ error: OperationError | null; directory: Directory | null }> {
  try {
    await adapter.verify(account)
    return { error: null, directory: await adapter.directory(account) }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return { error: operationError(scrubFailure(error, scrub), adapter.id), directory: null }
  }
}

type Listed = { error: OperationError | null; clusterCount: number | null }

async function listAll(
  deps: ReconcilerDeps,
  connection: ConnectionRow,
  adapter: Adapter,
  account: Account,
  { requestId, startTime }: { requestId: string; startTime: number },
): Promise<Listed | 'lease lost'> {
  const { store, clock, timing, scrub } = deps
  const seen = new Set<string>()
  try {
    for (let page: string | null = null; ; ) {
      const { clusters, nextPage } = await adapter.list(account, page)
      if (!(await renewVisit(store, connection, timing.leaseMs))) return 'lease lost'
      const alive = clusters.filter(
        (observed) => observed.state !== 'DELETED' && !seen.has(observed.externalId),
      )
      for (const { externalId } of alive) seen.add(externalId)
      await syncPage(store, {
        connection,
        requestId,
        startTime,
        clusters: alive.map((observed) => scrubObserved(observed, scrub)),
        compare: (row, observed) => compareListed(row, observed, startTime, clock.now()),
      })
      if (nextPage === null) break
      page = nextPage
    }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return { error: operationError(scrubFailure(error, scrub), adapter.id), clusterCount: null }
  }
  await syncAbsent(store, {
    connection,
    requestId,
    seen,
    judge: (row) => judgeAbsent(row, startTime, clock.now(), absentSyncsNeeded),
  })
  return { error: null, clusterCount: seen.size }
}
