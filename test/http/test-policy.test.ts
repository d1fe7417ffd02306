import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { PolicyRules } from '../../src/cluster/policy.ts'
import { forgottenAtOnce } from '../../src/store/idempotency.ts'
import { forgetOldPolicyRequests, listPolicyRequests } from '../../src/store/policy-requests.ts'
import { entriesOf, type Harness, openHarness, zillizCluster, zillizConnection } from './harness.ts'
import { dedicated, putPolicy, usageOf } from './policy-harness.ts'

const dayMs = 24 * 3600_000

function ask(harness: Harness, body: object, team = 'search', query = '') {
  return harness.send(`POST /teams/${team}/policy/test${query}`, { body })
}

async function results(harness: Harness, rules: PolicyRules, team = 'search'): Promise<JsonObject[]> {
  const { status, json, text } = await ask(harness, { rules, days: 90 }, team)
  if (status !== 200) throw new Error(text)
  return json.results as JsonObject[]
}

async function makeThree(harness: Harness): Promise<string[]> {
  const ids: string[] = []
  for (const name of ['a', 'b', 'c']) {
    ids.push(await harness.makeCluster({ name, ...(name === 'b' && dedicated()) }))
    harness.clock.time += dayMs
  }
  return ids
}

describe('200', () => {
  test('lists what it would have refused, newest first: who, which rule, what was asked', async () => {
    await using harness = await openHarness()
    const [, b, c] = await makeThree(harness)
    const listed = await results(harness, { plans: ['SERVERLESS'], quotas: { clusters: 2 } })
    const entries = await entriesOf(harness, 'cluster.create')
    expect(listed).toEqual([
      {
        auditEntry: entries[0]?.id,
        time: '2026-03-03T09:30:00.000Z',
        actor: { type: 'api_key', id: expect.stringMatching(/^key_/), displayName: 'admin of *' },
        team: 'search',
        act: 'create',
        clusterId: c,
        name: 'c',
        was: 'ALLOW',
        decision: 'DENY',
        rules: [{ rule: 'quotas.clusters', input: 3, limit: 2 }],
      },
      expect.objectContaining({
        auditEntry: entries[1]?.id,
        clusterId: b,
        rules: [{ rule: 'plans', input: 'DEDICATED', limit: ['SERVERLESS'] }],
      }),
    ])
  })

  test('tells what would have had to wait', async () => {
    await using harness = await openHarness()
    await makeThree(harness)
    const approval = { above: { cu: 4 }, role: 'admin', expireSeconds: 60 } as const
    expect(await results(harness, { approval })).toMatchObject([
      { name: 'b', decision: 'APPROVAL', rules: [{ rule: 'approval.above.cu', input: 8, limit: 4 }] },
    ])
  })

  test('tests what was refused too, and says what was decided then', async () => {
    await using harness = await openHarness()
    await putPolicy(harness, { quotas: { clusters: 0 } })
    await harness.send('POST /clusters', { body: zillizCluster })
    await harness.send('POST /clusters?validateOnly=true', { body: zillizCluster })
    expect(await results(harness, { plans: ['FREE'] })).toMatchObject([
      { name: 'search-index', was: 'DENY', clusterId: null, rules: [{ rule: 'plans' }] },
    ])
    expect(await results(harness, { plans: ['SERVERLESS'] })).toEqual([])
  })

  test('tests updates by what they made worse, with what the team held at that moment', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ ...dedicated(), name: 'grows' })
    await harness.settle(id)
    await harness.makeCluster({ ...dedicated({ cuSize: 2 }), name: 'beside' })
    await harness.send(`PATCH /clusters/${id}`, { body: { spec: { cuSize: 9 } } })
    await harness.settle(id)
    await harness.send(`PATCH /clusters/${id}`, { body: { displayName: 'Only renamed' } })
    expect(await results(harness, { sizes: { cuSize: { max: 8 } }, quotas: { cu: 10 } })).toMatchObject([
      {
        act: 'update',
        clusterId: id,
        rules: [
          { rule: 'sizes.cuSize.max', input: 9, limit: 8 },
          { rule: 'quotas.cu', input: 11, limit: 10 },
        ],
      },
    ])
  })

  test('reaches back as many days as it is told', async () => {
    await using harness = await openHarness()
    await makeThree(harness)
    const rules = { names: ['z'] }
    for (const [days, tested] of [
      [1, 1],
      [2, 2],
      [30, 3],
    ]) {
      expect((await ask(harness, { rules, days })).json.tested).toBe(tested)
    }
  })

  test('changes nothing, and is answered while the gateway is frozen', async () => {
    await using harness = await openHarness()
    await makeThree(harness)
    await harness.send('PUT /admin/freeze', { body: { frozen: true, reason: 'INC-1' } })
    const before = (await harness.send('GET /audit-entries?count=true')).json.totalSize
    expect((await ask(harness, { rules: { names: ['z'] } })).status).toBe(200)
    // The first count is an entry itself.
    expect((await harness.send('GET /audit-entries?count=true')).json.totalSize).toBe(Number(before) + 1)
    expect(await usageOf(harness)).toEqual({ clusters: 3, cu: 8 })
    expect((await harness.send('GET /teams/search/policy')).json.source).toBe(null)
  })

  test('goes on page by page, through every request once', async () => {
    await using harness = await openHarness()
    await makeThree(harness)
    const body = { rules: { names: ['z'] }, days: 30 }
    const names: unknown[] = []
    let tested = 0
    let token: unknown = ''
    for (let page = 0; token !== undefined && page < 9; page++) {
      const { json } = await ask(harness, body, 'search', `?pageSize=1${token && `&pageToken=${token}`}`)
      names.push(...(json.results as JsonObject[]).map(({ name }) => name))
      tested += Number(json.tested)
      token = json.nextPageToken
    }
    expect([names, tested]).toEqual([['c', 'b', 'a'], 3])
  })

  test('of * goes on page by page too, through the requests of all teams once', async () => {
    await using harness = await openHarness()
    const names = ['a', 'b', 'c', 'd', 'e']
    // Three at one instant: the page ends among them.
    for (const [i, name] of names.entries()) {
      await harness.makeCluster({ name, team: i % 2 === 0 ? 'search' : 'ml' })
      if (i === 0 || i === 3) harness.clock.time += dayMs
    }
    const listed: unknown[] = []
    let token: unknown = ''
    for (let page = 0; token !== undefined && page < 9; page++) {
      const query = `?pageSize=2${token && `&pageToken=${token}`}`
      const { json } = await ask(harness, { rules: { names: ['z'] } }, '*', query)
      listed.push(...(json.results as JsonObject[]).map(({ name }) => name))
      token = json.nextPageToken
    }
    expect(listed).toEqual(names.toReversed())
  })

  test('of a team shows nothing of another; of * everything of those without their own', async () => {
    await using harness = await openHarness()
    await makeThree(harness)
    await harness.makeCluster({ name: 'd', team: 'ml' })
    const rules = { names: ['z'] }
    const namesOf = async (team: string) => (await results(harness, rules, team)).map(({ name }) => name)
    expect(await namesOf('ml')).toEqual(['d'])
    expect(await namesOf('*')).toEqual(['d', 'c', 'b', 'a'])
    await putPolicy(harness, {}, 'search')
    expect(await namesOf('*')).toEqual(['d'])
  })

  test('forgets requests that are older than it can be told to reach', async () => {
    await using harness = await openHarness()
    await makeThree(harness)
    harness.clock.time += 88 * dayMs
    expect(await forgetOldPolicyRequests(harness.store)).toBe(1)
    expect((await results(harness, { names: ['z'] })).map(({ name }) => name)).toEqual(['c', 'b'])
  })

  test('forgets more than one transaction may, of every team', async () => {
    await using harness = await openHarness()
    const { store } = harness
    await makeThree(harness)
    const [asked] = await listPolicyRequests(store, { team: 'search', since: 0, before: null, limit: 1 })
    if (!asked) throw new Error('nothing was asked')
    const { policyRequests } = store.reader.tables
    const more = Array.from({ length: forgottenAtOnce }, (_, i) => ({ ...asked, id: `aud_00${i}`, time: 1 }))
    const other = ['ml', 'vision'].map((team) => ({ ...asked, team, id: 'aud_00', time: 1 }))
    await store.write(async ({ db }) => {
      for (const row of [...more, ...other]) await db.insert(policyRequests).values(row)
    })
    expect(await forgetOldPolicyRequests(store)).toBe(forgottenAtOnce + 2)
    expect(await results(harness, { names: ['z'] })).toHaveLength(3)
  })

  test('counts a create that waited and was approved once', async () => {
    await using harness = await openHarness()
    await putPolicy(harness, { approval: { above: { clusters: 0 }, role: 'admin', expireSeconds: 60 } })
    const id = await harness.makeCluster()
    const key = await harness.makeKey('admin', 'search')
    expect((await harness.send(`POST /clusters/${id}/approve`, { key })).status).toBe(202)
    expect(await results(harness, { names: ['z'] })).toMatchObject([{ clusterId: id, was: 'APPROVAL' }])
  })
})

describe('400', () => {
  test.each([
    [{ rules: {}, days: 0 }, '/days'],
    [{ rules: {}, days: 91 }, '/days'],
    [{ days: 7 }, '/rules'],
    [{ rules: { providers: ['acme'] } }, '/rules/providers/0'],
  ])('%j', async (body, pointer) => {
    await using harness = await openHarness()
    const { status, json } = await ask(harness, body)
    expect([status, (json.errors as JsonObject[])[0]?.pointer]).toEqual([400, pointer])
  })

  test('a page token of another policy', async () => {
    await using harness = await openHarness()
    await makeThree(harness)
    const first = await ask(harness, { rules: { names: ['z'] } }, 'search', '?pageSize=1')
    const query = `?pageSize=1&pageToken=${first.json.nextPageToken}`
    const { status, json } = await ask(harness, { rules: { names: ['y'] } }, 'search', query)
    expect([status, json.code]).toEqual([400, 'invalid-page-token'])
  })
})

test('a connection that the caller cannot see reads as one that there is not', async () => {
  await using harness = await openHarness()
  const secret = { ...zillizConnection, name: 'secret-project', teams: ['ml'], apiKey: 'another-secret-0123' }
  expect((await harness.send('POST /connections', { body: secret })).status).toBe(201)
  const key = await harness.makeKey('admin', 'search')
  const said = async (name: string) => {
    const body = { rules: { connections: [name], providers: ['zilliz', 'fireworks'] } }
    const { status, json } = await harness.send('POST /teams/search/policy/test', { key, body })
    expect(status).toBe(400)
    return JSON.stringify(json.errors).replaceAll(name, '…')
  }
  expect(await said('secret-project')).toBe(await said('no-such-one'))
  const seen = await harness.send('POST /teams/search/policy/test', {
    body: { rules: { connections: ['secret-project'] } },
  })
  expect(JSON.stringify(seen.json.errors)).toContain('secret-project does not serve the team search')
})

describe('403 and 404', () => {
  test('an admin of a team tests policies of that team alone', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'search')
    const statuses = await Promise.all(
      ['search', '*', 'ml'].map(async (team) => {
        const sent = { key, body: { rules: {} } }
        return (await harness.send(`POST /teams/${team}/policy/test`, sent)).status
      }),
    )
    expect(statuses).toEqual([200, 403, 404])
  })
})
