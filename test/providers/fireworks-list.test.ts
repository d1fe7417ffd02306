import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/cluster/json.ts'
import type { Account } from '../../src/cluster/provider.ts'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import { clusterJson, startUpstream } from './fireworks-upstream.ts'

async function listAll(account: Account): Promise<string[]> {
  const names: string[] = []
  let page: string | null = null
  do {
    const read: Awaited<ReturnType<typeof fireworks.list>> = await fireworks.list(account, page)
    names.push(...read.clusters.map((cluster) => cluster.name))
    page = read.nextPage
  } while (page !== null)
  return names
}

function pageOf(ids: string[], nextPageToken?: Json, totalSize?: number) {
  return {
    json: {
      clusters: ids.map((id) => clusterJson(id)),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      ...(totalSize === undefined ? {} : { totalSize }),
    },
  }
}

describe('list', () => {
  it('asks for the largest page and follows the tokens', async () => {
    await using upstream = await startUpstream([
      pageOf(['a', 'b'], 't+1/='),
      pageOf([], 't2'),
      pageOf(['c'], ''),
    ])
    expect(await listAll(upstream.account)).toEqual(['a', 'b', 'c'])
    expect(upstream.received.map((request) => request.query)).toEqual([
      { pageSize: '200' },
      { pageSize: '200', pageToken: 't+1/=' },
      { pageSize: '200', pageToken: 't2' },
    ])
    expect(upstream.received.map((request) => request.path)).toEqual(
      Array(3).fill('/v1/accounts/acme/clusters'),
    )
  })

  it.each([
    ['absent', pageOf(['a'])],
    ['empty', pageOf(['a'], '')],
    ['null', pageOf(['a'], null)],
  ])('ends where the token is %s', async (_, reply) => {
    await using upstream = await startUpstream([reply])
    expect(await listAll(upstream.account)).toEqual(['a'])
  })

  it.each([
    ['an empty object', { json: {} }],
    ['an empty array', { json: { clusters: [] } }],
    ['null', { json: { clusters: null, nextPageToken: '' } }],
    ['no array beside a token', { json: { nextPageToken: '', totalSize: 0 } }],
  ])('is empty for %s', async (_, reply) => {
    await using upstream = await startUpstream([reply])
    expect(await listAll(upstream.account)).toEqual([])
  })

  it('fails on a token that comes again while clusters are missing, at once or after a round', async () => {
    await using stuck = await startUpstream([pageOf(['a'], 't1', 9), pageOf(['b'], 't1', 9)])
    await expect(listAll(stuck.account)).rejects.toMatchObject({ kind: 'protocol', retryable: true })
    await using round = await startUpstream([pageOf(['a'], 't1'), pageOf(['b'], 't2'), pageOf(['c'], 't1')])
    await expect(listAll(round.account)).rejects.toMatchObject({ kind: 'protocol' })
  })

  it('ends at a token that comes again when by the count nothing is missing', async () => {
    await using upstream = await startUpstream([pageOf(['a'], 't1', 2), pageOf(['b'], 't1', 2)])
    expect(await listAll(upstream.account)).toEqual(['a', 'b'])
  })

  it.each([
    ['an array', { json: [] }],
    ['another document', { json: { message: 'hello' } }],
    ['clusters that are no array', { json: { clusters: {} } }],
    ['a cluster that is no object', { json: { clusters: ['a'] } }],
    ['a cluster without a name', { json: { clusters: [{}] } }],
    ['a cluster of another account', { json: { clusters: [{ name: 'accounts/b/clusters/c' }] } }],
    ['a token that is no string', pageOf(['a'], 7)],
    ['a count but no clusters', { json: { nextPageToken: '', totalSize: 3 } }],
  ])('fails rather than leave anything out, on %s', async (_, reply) => {
    await using upstream = await startUpstream([reply])
    await expect(listAll(upstream.account)).rejects.toMatchObject({ kind: 'protocol', applied: 'no' })
  })

  it.each(['{"token":""}', 'nonsense', '7'])('refuses a page that it did not give: %s', async (page) => {
    await using upstream = await startUpstream([])
    await expect(fireworks.list(upstream.account, page)).rejects.toMatchObject({ kind: 'invalid' })
  })
})
