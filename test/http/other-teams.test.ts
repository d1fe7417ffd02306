import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { clusterListable, clusterOrders } from '../../src/store/listing/cluster-listable.ts'
import { type Harness, openHarness } from './harness.ts'

/** Three clusters of a team, each between two of another one. */
async function amongOthers(): Promise<Harness> {
  const harness = await openHarness()
  for (let i = 0; i < 7; i++) {
    harness.clock.time += 1000
    const body = i % 2 ? { name: `c${i}`, team: 'alpha' } : { name: `acquisition-${i}`, team: 'hydra' }
    await harness.makeCluster(body)
  }
  // So low that a handful of rows is a large table.
  clusterListable(harness.store.reader).limits = { gathered: 1, walked: 2, counted: 2, sifted: 2 }
  return harness
}

/** The answers to a list, page by page. */
async function pagesOf(harness: Harness, query: Record<string, string>, key: string): Promise<JsonObject[]> {
  const pages: JsonObject[] = []
  let token: unknown
  do {
    const asked = new URLSearchParams({ ...query, ...(token !== undefined && { pageToken: String(token) }) })
    const { status, json, text } = await harness.send(`GET /clusters?${asked}`, { key })
    if (status !== 200) throw new Error(text)
    pages.push(json)
    token = json.nextPageToken
  } while (token !== undefined)
  return pages
}

const namesOf = (pages: JsonObject[]) =>
  pages.flatMap(({ clusters }) => (clusters as JsonObject[]).map(({ name }) => name))

describe('of what other teams have, an answer tells nothing', () => {
  test("a page that ends at another team's row tells nothing of it", async () => {
    await using harness = await amongOthers()
    const key = await harness.makeKey('viewer', 'alpha')
    for (const orderBy of clusterOrders) {
      const pages = await pagesOf(harness, { orderBy, filter: 'displayName:c' }, key)
      expect(namesOf(pages).toSorted()).toEqual(['c1', 'c3', 'c5'])
      for (const { nextPageToken } of pages) {
        const read = Buffer.from(String(nextPageToken ?? ''), 'base64url').toString('latin1')
        expect(read).not.toMatch(/acquisition|hydra|clu_/)
      }
    }
  })
})
