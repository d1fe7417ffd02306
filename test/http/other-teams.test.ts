import { describe, expect, test } from 'vitest'
import { newId } from '../../src/cluster/id.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { insertClusterRow, readClusterRow } from '../../src/store/cluster-rows.ts'
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

/** Pages and totals are decided by so few rows that those of others would show. */
function fewRows(harness: Harness): void {
  clusterListable(harness.store.reader).limits = { gathered: 1, walked: 5, counted: 5, sifted: 5 }
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

  test.each(['createTime', 'name', 'updateTime'])(
    'a list by %s is as long, and as sure of its total, as without them',
    async (orderBy) => {
      await using harness = await amongOthers()
      fewRows(harness)
      const key = await harness.makeKey('viewer', 'alpha')
      for (const filter of [
        'displayName:c',
        'connection = "zilliz-prod" AND displayName:c',
        'NOT labels.env:* AND provider = "zilliz"',
        'NOT id = "clu_none" AND displayName:c',
      ]) {
        const [page = {}, ...more] = await pagesOf(harness, { orderBy, filter, count: 'true' }, key)
        expect(namesOf([page]).toSorted()).toEqual(['c1', 'c3', 'c5'])
        expect([more, page.totalSize]).toEqual([[], 3])
      }
    },
  )

  test('nor to a caller of several teams', async () => {
    await using harness = await amongOthers()
    fewRows(harness)
    harness.clock.time += 1000
    await harness.makeCluster({ name: 'c7', team: 'beta' })
    const scopes = ['alpha', 'beta', 'gamma'].map((team) => ({ role: 'viewer', team }))
    const { json } = await harness.send('POST /api-keys', { body: { displayName: 'several', scopes } })
    for (const query of [{}, { orderBy: 'name' }, { orderBy: 'updateTime desc' }]) {
      const pages = await pagesOf(harness, { ...query, count: 'true' }, String(json.key))
      expect(pages).toHaveLength(1)
      expect(namesOf(pages).toSorted()).toEqual(['c1', 'c3', 'c5', 'c7'])
      expect(pages[0]?.totalSize).toBe(4)
    }
  })

  test('a summary names a creator as in what its caller may see', async () => {
    await using harness = await openHarness()
    const { store } = harness
    const first = await readClusterRow(store.reader, await harness.makeCluster({ team: 'hydra' }))
    const known = { type: 'user', id: 'u1' } as const
    const rows = [
      { team: 'hydra', createdBy: { ...known, displayName: 'Ann (Hydra lead)' } },
      { team: 'alpha', createdBy: { ...known, displayName: 'Ann' } },
      { team: 'hydra', createdBy: { ...known, displayName: 'Ann (Hydra, on leave)' } },
    ]
    for (const [i, row] of rows.entries()) {
      const made = { id: newId('clu'), name: `n${i}`, externalId: null, createTime: first.createTime + i }
      await store.write((session) => insertClusterRow(store, session, { ...first, ...made, ...row }))
    }
    const named = async (key: string) => {
      const { json } = await harness.send('GET /clusters/summary?groupBy=creator,team', { key })
      return (json.groups as JsonObject[]).map(({ team, creatorName }) => [team, creatorName])
    }
    expect(await named(await harness.makeKey('viewer', 'alpha'))).toEqual([['alpha', 'Ann']])
  })
})
