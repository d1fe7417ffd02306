import { isJsonObject, type JsonObject } from '../../cluster/json.ts'
import type { Account, Observed, Page } from '../../cluster/provider.ts'
import { nextPage, readCursor } from './cursor.ts'
import { type Answer, call, clusterPath, notUnderstood } from './request.ts'
import { readSettings } from './settings.ts'
import { observedFrom } from './wire.ts'

/** The most that one page holds; Fireworks lowers a larger number without a word. */
export const pageSize = 200

interface ReadPage extends Page {
  timeMs: number | null
}

async function readPage(account: Account, page: string | null): Promise<ReadPage> {
  const cursor = readCursor(page)
  const token = cursor.token === '' ? {} : { pageToken: cursor.token }
  const answer = await call(account, {
    operation: 'listClusters',
    method: 'GET',
    path: clusterPath(account),
    query: { pageSize: String(pageSize), ...token },
  })
  const { accountId } = readSettings(account.settings)
  const clusters = entriesOf(answer).map((entry) => observedFrom(entry, answer, accountId))
  return { clusters, nextPage: nextPage(cursor, answer, clusters.length), timeMs: answer.timeMs }
}

/** An account without clusters may leave the member out, or give null or an empty array. */
function entriesOf(answer: Answer): JsonObject[] {
  const { clusters } = answer.json
  if (clusters === undefined && !isEmptyList(answer.json)) throw notUnderstood(answer, 'it is not a list')
  if (!Array.isArray(clusters ?? [])) throw notUnderstood(answer, 'the clusters are not an array')
  const entries = Array.isArray(clusters) ? clusters : []
  return entries.map((entry) => {
    if (!isJsonObject(entry)) throw notUnderstood(answer, 'a cluster is not an object')
    return entry
  })
}

/** To take some other document for a list would make every cluster look gone. */
function isEmptyList(json: JsonObject): boolean {
  return Object.keys(json).length === 0 || 'nextPageToken' in json || 'totalSize' in json
}

export async function list(account: Account, page: string | null): Promise<Page> {
  const { clusters, nextPage } = await readPage(account, page)
  return { clusters, nextPage }
}

/** Reads the list to its end for one cluster. The clock is that of the first page: the look is no later than it says. */
export async function findInList(
  account: Account,
  id: string,
): Promise<{ observed: Observed | null; timeMs: number | null }> {
  let observed: Observed | null = null
  let timeMs: number | null = null
  let page: string | null = null
  do {
    const read: ReadPage = await readPage(account, page)
    timeMs ??= read.timeMs
    observed ??= read.clusters.find((cluster) => cluster.externalId === id) ?? null
    page = read.nextPage
  } while (page !== null)
  return { observed, timeMs }
}
