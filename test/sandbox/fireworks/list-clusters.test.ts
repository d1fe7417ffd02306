import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Caller, CLUSTERS, openSandbox } from './fixture.ts'

async function fill({ sandbox }: Caller, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `c${String(index).padStart(3, '0')}`)
  for (const clusterId of ids) sandbox.addCluster({ clusterId })
  return ids
}

async function page(caller: Caller, query = '') {
  const { status, body } = await caller.call('GET', `${CLUSTERS}?${query}`)
  const clusters: { name: string }[] = Array.isArray(body.clusters) ? body.clusters : []
  const ids = clusters.map(({ name }) => name.replace(/.*\//, ''))
  return { status, body, ids, next: String(body.nextPageToken ?? '') }
}

const encoded = encodeURIComponent

describe('pages', () => {
  it('hold 50 unless asked, 200 at most, and tell how many there are in all', async () => {
    const caller = openSandbox()
    await fill(caller, 201)
    expect((await page(caller)).ids).toHaveLength(50)
    expect((await page(caller, 'pageSize=0')).ids).toHaveLength(50)
    expect((await page(caller, 'pageSize=200')).ids).toHaveLength(200)
    const lowered = await page(caller, 'pageSize=100000')
    expect(lowered.ids).toHaveLength(200)
    expect(lowered.body.totalSize).toBe(201)
    const rest = await page(caller, `pageSize=100000&pageToken=${lowered.next}`)
    expect(rest.body).toMatchObject({ nextPageToken: '', totalSize: 201 })
    expect(rest.ids).toEqual(['c200'])
  })

  it('of any size hold every cluster once', async () => {
    const caller = openSandbox()
    const ids = await fill(caller, 23)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (pageSize) => {
        const seen: string[] = []
        let token = ''
        do {
          const { ids: held, next } = await page(caller, `pageSize=${pageSize}&pageToken=${token}`)
          seen.push(...held)
          token = next
        } while (token !== '')
        expect(seen).toEqual(ids)
      }),
    )
  })

  it('are those of one question: a token of another, or made up, is refused', async () => {
    const caller = openSandbox()
    await fill(caller, 5)
    const { next } = await page(caller, 'pageSize=2&orderBy=name')
    for (const query of [
      `pageSize=2&pageToken=${next}`,
      `pageSize=3&orderBy=name&pageToken=${next}`,
      `pageSize=2&orderBy=name&readMask=name&pageToken=${next}`,
      `pageSize=2&orderBy=name&filter=${encoded('state="READY"')}&pageToken=${next}`,
      'pageToken=made-up',
      `pageToken=${Buffer.from('{"offset":1}').toString('base64url')}`,
    ])
      expect((await page(caller, query)).body).toMatchObject({ code: 3 })
    expect((await page(caller, `pageSize=2&orderBy=name&pageToken=${next}`)).ids).toEqual(['c002', 'c003'])
  })

  it('are the account’s own', async () => {
    const caller = openSandbox({ accounts: [{ accountId: 'second' }] })
    await fill(caller, 1)
    const { body } = await caller.call('GET', '/v1/accounts/second/clusters')
    expect(body).toEqual({ clusters: [], nextPageToken: '', totalSize: 0 })
  })

  it.each([
    ['removal', ['c000', 'c001', 'c003', 'c004']],
    ['insertion', ['c000', 'c001', 'c001', 'c002']],
  ] as const)('shift on demand, as by the %s of a cluster', async (change, expected) => {
    const caller = openSandbox()
    await fill(caller, 5)
    caller.sandbox.faults.add({ operation: 'listClusters', fault: { kind: 'shiftPages', change } })
    const first = await page(caller, 'pageSize=2')
    const second = await page(caller, `pageSize=2&pageToken=${first.next}`)
    expect([...first.ids, ...second.ids]).toEqual(expected)
  })
})

describe('query parameters', () => {
  it('may be in snake_case, and unknown ones are ignored', async () => {
    const caller = openSandbox()
    await fill(caller, 3)
    const first = await page(caller, 'page_size=2&whatever=1')
    expect(first.ids).toHaveLength(2)
    expect((await page(caller, `page_size=2&page_token=${first.next}`)).ids).toEqual(['c002'])
  })

  it.each([
    'pageSize=-1',
    'pageSize=x',
    'pageSize=',
    'pageSize=2147483648',
    'pageSize=1&pageSize=1',
    'filter=&filter=',
  ])('like %s are refused', async (query) => {
    const reply = await page(openSandbox(), query)
    expect(reply).toMatchObject({ status: 400, body: { code: 3 } })
  })
})

describe('orderBy', () => {
  it('goes by name by default, by other fields up or down, and by name where they are equal', async () => {
    const caller = openSandbox()
    for (const [clusterId, displayName, region] of [
      ['b', 'One', 'x'],
      ['c', 'Two', 'x'],
      ['a', 'One', 'y'],
    ] as const) {
      await caller.create(clusterId, { displayName, eksCluster: { awsAccountId: '1', region } })
      caller.clock.advance(1000)
    }
    const order = async (orderBy: string) => (await page(caller, `orderBy=${encoded(orderBy)}`)).ids.join('')
    expect(await order('')).toBe('abc')
    expect(await order('name desc')).toBe('cba')
    expect(await order('create_time')).toBe('bca')
    expect(await order('display_name desc, name')).toBe('cab')
    expect(await order('eks_cluster.region desc')).toBe('abc')
  })

  it.each(['nothing', 'createTime', 'name sideways', 'name desc desc', 'name,', 'state.code'])(
    'refuses %j',
    async (orderBy) => {
      expect((await page(openSandbox(), `orderBy=${encoded(orderBy)}`)).body).toMatchObject({ code: 3 })
    },
  )
})

describe('filter', () => {
  it('compares fields with texts, and counts what matches', async () => {
    const caller = openSandbox()
    await caller.create('a', {
      displayName: 'He said "hi"',
      eksCluster: { awsAccountId: '1', region: 'eu-west-1' },
    })
    caller.clock.advance(20_000)
    await caller.create('b')
    const matching = async (filter: string) => {
      const { ids, body } = await page(caller, `filter=${encoded(filter)}`)
      expect(body.totalSize).toBe(ids.length)
      return ids.join('')
    }
    expect(await matching('state="READY"')).toBe('a')
    expect(await matching("state = 'CREATING'")).toBe('b')
    expect(await matching('state=READY')).toBe('a')
    expect(await matching('display_name="He said \\"hi\\""')).toBe('a')
    expect(await matching('state != "READY"')).toBe('b')
    expect(await matching('state="READY" AND eks_cluster.region="eu-west-1"')).toBe('a')
    expect(await matching('state="READY" AND name="x"')).toBe('')
    expect(await matching(' ')).toBe('ab')
  })

  it.each([
    'state',
    'state=',
    'nothing="x"',
    'state>"A"',
    'state="A" OR state="B"',
    'state="A" AND',
    'displayName="x"',
  ])('refuses %j', async (filter) => {
    expect((await page(openSandbox(), `filter=${encoded(filter)}`)).body).toMatchObject({ code: 3 })
  })
})

it('shows only the fields of a readMask', async () => {
  const caller = openSandbox()
  await caller.create('a', { displayName: 'A' })
  const { body } = await page(caller, 'readMask=name')
  expect(body.clusters).toEqual([
    { name: 'accounts/sandbox/clusters/a', displayName: '', state: 'STATE_UNSPECIFIED' },
  ])
})
