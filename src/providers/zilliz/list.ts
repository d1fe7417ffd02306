import { ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject, type Json } from '../../cluster/json.ts'
import type { Account, Observed, Page, Wanted } from '../../cluster/provider.ts'
import { describeCluster } from './describe.ts'
import { toObserved } from './observed.ts'
import { type ClusterRecord, clusterRecordIn } from './record.ts'
import { ask, notUnderstood } from './wire.ts'

/** The most that the service gives at once; left out, it gives ten. */
export const pageSize = 100
const maxPages = 1_000
const maxRereads = 3

/** Where a listing stands: the page to read next, how many were read before it, and the total as last told. */
interface Cursor {
  page: number
  read: number
  total: number | null
}

const start: Cursor = { page: 1, read: 0, total: null }

interface Part {
  records: ClusterRecord[]
  total: number | null
  /** Null at the end. */
  next: Cursor | null
  /** The list ended, or moved, such that some of it cannot have been seen. */
  incomplete: boolean
  requestId: string | null
  serverTimeMs: number | null
}

type RawPage = Pick<Part, 'records' | 'total' | 'requestId' | 'serverTimeMs'>

/** One page of the account's clusters. A list that ends before its own total is a failure. */
export async function list(account: Account, page: string | null): Promise<Page> {
  const part = await readPart(account, page === null ? start : parseCursor(page))
  if (part.incomplete) throw incompleteList(part)
  return { clusters: living(part.records, part.requestId), nextPage: part.next && formatCursor(part.next) }
}

/**
 * Every cluster of the wanted name in the wanted project. The route's own filters are not relied upon. Where the list
 * leaves a cluster's project out, the cluster is asked for it.
 */
export async function find(
  account: Account,
  wanted: Wanted,
): Promise<{ found: Observed[]; providerTime: number | null }> {
  const { clusters, serverTimeMs } = await readAll(account)
  const found: Observed[] = []
  for (const cluster of clusters.filter(({ name }) => name === wanted.name)) {
    const told = cluster.scope === '' ? await describeCluster(account, cluster.externalId) : cluster
    if (told.scope === wanted.spec.projectId) found.push(told)
  }
  return { found, providerTime: serverTimeMs }
}

/** Whether the complete list has the cluster. */
export async function isListed(account: Account, externalId: string): Promise<boolean> {
  const { clusters } = await readAll(account)
  return clusters.some((cluster) => cluster.externalId === externalId)
}

/** The whole list, each cluster once. A list that moves while it is read is read again, a few times. */
async function readAll(account: Account): Promise<{ clusters: Observed[]; serverTimeMs: number | null }> {
  let last = await readOnce(account)
  for (let reread = 0; last.incomplete && reread < maxRereads; reread += 1) last = await readOnce(account)
  if (last.incomplete) throw incompleteList(last)
  return { clusters: last.clusters, serverTimeMs: last.serverTimeMs }
}

async function readOnce(account: Account) {
  const seen = new Map<string, Observed>()
  const first = await readPart(account, start)
  let part = first
  while (true) {
    for (const cluster of part.records) seen.set(cluster.clusterId, toObserved(cluster, part.requestId))
    if (part.next === null || part.incomplete) break
    part = await readPart(account, part.next)
  }
  const short = part.total !== null && seen.size < part.total
  const clusters = [...seen.values()].filter(({ state }) => state !== 'DELETED')
  return { ...part, clusters, incomplete: part.incomplete || short, serverTimeMs: first.serverTimeMs }
}

async function readPart(account: Account, cursor: Cursor): Promise<Part> {
  const { now, before, steady } = await readSteadily(account, cursor)
  const read = cursor.read + now.records.length
  const short = now.records.length < pageSize
  const ended = now.records.length === 0 || (now.total === null ? short : read >= now.total)
  const endedEarly = ended && now.total !== null && read < now.total
  const endless = !ended && cursor.page >= maxPages
  return {
    ...now,
    records: [...before, ...now.records],
    next: ended ? null : { page: cursor.page + 1, read, total: now.total },
    incomplete: !steady || endedEarly || endless,
  }
}

/**
 * Reads the cursor's page. When the total has shrunk since the page before, what stood at the head of this page has
 * moved to the end of that one, which is therefore read again; both must then tell the same total.
 */
async function readSteadily(
  account: Account,
  cursor: Cursor,
): Promise<{ now: RawPage; before: ClusterRecord[]; steady: boolean }> {
  let now = await readPage(account, cursor.page)
  for (let reread = 0; reread <= maxRereads; reread += 1) {
    const lost = cursor.total !== null && now.total !== null ? cursor.total - now.total : 0
    if (lost <= 0 || cursor.page === 1) return { now, before: [], steady: true }
    const before = await readPage(account, cursor.page - 1)
    if (before.total === now.total) return { now, before: before.records, steady: lost <= pageSize }
    now = await readPage(account, cursor.page)
  }
  return { now, before: [], steady: false }
}

async function readPage(account: Account, page: number): Promise<RawPage> {
  const path = `/clusters?pageSize=${pageSize}&currentPage=${page}`
  const reply = await ask(account, { operation: 'listClusters', method: 'GET', path })
  const { items, total } = itemsIn(reply.data)
  if (items === undefined) throw notUnderstood(reply, 'with no list of clusters', 'no')
  const records = items.map((item) => {
    const record = clusterRecordIn(item)
    if (record === undefined) throw notUnderstood(reply, 'a cluster of the list has no id or no status', 'no')
    return record
  })
  return { records, total, requestId: reply.requestId, serverTimeMs: reply.serverTimeMs }
}

/** The reference says that `data` is an array; the service sends an object that holds one. An empty one may be null. */
function itemsIn(data: Json): { items: Json[] | undefined; total: number | null } {
  if (Array.isArray(data)) return { items: data, total: null }
  if (!isJsonObject(data)) return { items: undefined, total: null }
  const total = typeof data.count === 'number' ? data.count : null
  if (Array.isArray(data.clusters)) return { items: data.clusters, total }
  return { items: total === 0 ? [] : undefined, total }
}

function living(records: ClusterRecord[], requestId: string | null): Observed[] {
  return records.map((record) => toObserved(record, requestId)).filter(({ state }) => state !== 'DELETED')
}

function incompleteList(part: Pick<Part, 'requestId'>): ProviderFailure {
  return new ProviderFailure({
    kind: 'unavailable',
    applied: 'no',
    retryable: true,
    message: 'The list of clusters changed while it was read, or ended before its own count.',
    requestId: part.requestId ?? undefined,
  })
}

function formatCursor({ page, read, total }: Cursor): string {
  return [page, read, total ?? ''].join('.')
}

function parseCursor(text: string): Cursor {
  const [page = '', read = '', total = ''] = text.split('.')
  const cursor = { page: Number(page), read: Number(read), total: total === '' ? null : Number(total) }
  if (/^\d+\.\d+\.\d*$/.test(text) && cursor.page > 0) return cursor
  const message = 'This is not a page of this list.'
  throw new ProviderFailure({ kind: 'invalid', applied: 'no', retryable: false, message })
}
