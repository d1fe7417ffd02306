import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { Account } from '../../src/cluster/provider.ts'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import {
  badGateway,
  failureOf,
  openZilliz,
  pageOf,
  projectId,
  record,
  success,
  wanted,
} from './zilliz-account.ts'

function clusters(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) => record({ clusterId: `in05-${i}`, clusterName: `c-${i}` }))
}

async function listed(account: Account): Promise<string[]> {
  const ids: string[] = []
  let page: string | null = null
  do {
    const answer = await zilliz.list(account, page)
    ids.push(...answer.clusters.map(({ externalId }) => externalId))
    page = answer.nextPage
  } while (page !== null)
  return ids
}

const lookedFor = (name: string) => wanted({ name })

describe('a list', () => {
  test.each([0, 1, 99, 100, 101, 250])('of %i clusters is told page by page to its end', async (count) => {
    await using cloud = await openZilliz((call) => pageOf(clusters(count), call))
    expect(new Set(await listed(cloud.account)).size).toBe(count)
    expect(cloud.arrived).toHaveLength(Math.max(1, Math.ceil(count / 100)))
  })

  test('asks for pages of a hundred and for no filter', async () => {
    await using cloud = await openZilliz((call) => pageOf(clusters(150), call))
    await listed(cloud.account)
    expect(cloud.arrived.map(({ query }) => query.toString())).toEqual([
      'pageSize=100&currentPage=1',
      'pageSize=100&currentPage=2',
    ])
  })

  test('that has no total ends with its first short page', async () => {
    await using cloud = await openZilliz(({ query }) => {
      const from = (Number(query.get('currentPage')) - 1) * 100
      return success(clusters(130).slice(from, from + 100))
    })
    expect(await listed(cloud.account)).toHaveLength(130)
  })

  test('of a service that gives smaller pages than asked for is still read to its end', async () => {
    await using cloud = await openZilliz((call) => {
      call.query.set('pageSize', '10')
      return pageOf(clusters(35), call)
    })
    expect(await listed(cloud.account)).toHaveLength(35)
  })

  test('that shrinks while it is read loses none that remain', async () => {
    const all = clusters(150)
    await using cloud = await openZilliz((call) => {
      if (call.query.get('currentPage') === '2' && all.length === 150) all.splice(5, 3)
      return pageOf(all, call)
    })
    const ids = await listed(cloud.account)
    expect(all.every(({ clusterId }) => ids.includes(String(clusterId)))).toBe(true)
  })

  test('that shrinks for one look and grows back loses none either', async () => {
    let looks = 0
    await using cloud = await openZilliz((call) => {
      if (call.query.get('currentPage') === '2') looks += 1
      if (call.query.get('currentPage') !== '2' || looks > 1) return pageOf(clusters(150), call)
      return success({ count: 149, clusters: clusters(150).slice(101) })
    })
    expect(new Set(await listed(cloud.account)).size).toBe(150)
  })

  test('that ends before its own total is a failure', async () => {
    await using cloud = await openZilliz((call) => pageOf(clusters(30), call, 40))
    await expect(listed(cloud.account)).rejects.toMatchObject({ kind: 'unavailable', retryable: true })
  })

  test.each([
    ['a page that fails', badGateway, 'unavailable'],
    ['no list', success({ count: 3 }), 'protocol'],
    ['a cluster without id', success({ count: 1, clusters: [{ status: 'RUNNING' }] }), 'protocol'],
    ['a cluster without status', success({ count: 1, clusters: [{ clusterId: 'in05-1' }] }), 'protocol'],
  ] as const)('with %s is a failure, never a shorter list', async (_name, answer, kind) => {
    await using cloud = await openZilliz(() => answer)
    expect(await failureOf(zilliz.list(cloud.account, null))).toMatchObject({ kind, applied: 'no' })
  })

  test('may be null when it is empty', async () => {
    await using cloud = await openZilliz(() => success({ count: 0, clusters: null }))
    expect(await listed(cloud.account)).toEqual([])
  })

  test('leaves out what is deleted', async () => {
    const all = [record({ status: 'DELETED' }), record({ clusterId: 'in05-1' })]
    await using cloud = await openZilliz((call) => pageOf(all, call))
    expect(await listed(cloud.account)).toEqual(['in05-1'])
  })

  test('refuses a page that it did not name', async () => {
    await using cloud = await openZilliz((call) => pageOf([], call))
    expect(await failureOf(zilliz.list(cloud.account, 'x'))).toMatchObject({ kind: 'invalid' })
  })
})

describe('finding what a create may have left', () => {
  test('goes through every page and matches name and project', async () => {
    const all = [
      ...clusters(120),
      record({ clusterId: 'in05-other', clusterName: 'c-7', projectId: 'proj-other' }),
    ]
    await using cloud = await openZilliz((call) => pageOf(all, call))
    const { found } = await zilliz.find(cloud.account, lookedFor('c-7'))
    expect(found.map(({ externalId }) => externalId)).toEqual(['in05-7'])
    expect(cloud.arrived).toHaveLength(2)
  })

  test('tells the provider’s clock', async () => {
    const date = 'Thu, 01 Jan 2026 00:00:04 GMT'
    await using cloud = await openZilliz(() => success({ count: 0, clusters: [] }, { date }))
    expect(await zilliz.find(cloud.account, wanted())).toEqual({ found: [], providerTime: Date.parse(date) })
  })

  test('reads a list again that shifts under it, each cluster once', async () => {
    const all = clusters(150)
    await using cloud = await openZilliz((call) => {
      if (call.query.get('currentPage') === '2' && all.length === 150) {
        all.unshift(record({ clusterId: 'in05-new', clusterName: 'c-new' }))
      }
      return pageOf(all, call)
    })
    const { found } = await zilliz.find(cloud.account, lookedFor('c-new'))
    expect(found.map(({ externalId }) => externalId)).toEqual(['in05-new'])
    expect(cloud.arrived).toHaveLength(4)
  })

  test('fails as incomplete when the list never holds what it counts', async () => {
    await using cloud = await openZilliz((call) => pageOf(clusters(20), call, 21))
    expect(await failureOf(zilliz.find(cloud.account, lookedFor('c-1')))).toMatchObject({
      kind: 'unavailable',
      applied: 'no',
      retryable: true,
    })
    expect(cloud.arrived.filter(({ query }) => query.get('currentPage') === '1')).toHaveLength(4)
  })

  test('fails when a page fails, and never answers with less', async () => {
    await using cloud = await openZilliz((call) =>
      call.query.get('currentPage') === '2' ? badGateway : pageOf(clusters(150), call),
    )
    expect(await failureOf(zilliz.find(cloud.account, lookedFor('c-1')))).toMatchObject({
      kind: 'unavailable',
    })
  })

  test('asks a cluster for its project where the list leaves it out', async () => {
    await using cloud = await openZilliz((call) =>
      call.path === '/v2/clusters'
        ? pageOf([record({ projectId: '' })], call)
        : success(record({ status: 'CREATING' })),
    )
    const { found } = await zilliz.find(cloud.account, wanted())
    expect(found).toMatchObject([{ scope: projectId, state: 'CREATING' }])
  })
})
