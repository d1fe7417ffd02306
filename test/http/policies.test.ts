import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { entriesOf, type Harness, openHarness, zillizConnection } from './harness.ts'

const line = '/teams/search/policy'

async function put(harness: Harness, rules: object, team = 'search', query = ''): Promise<JsonObject> {
  const answer = await harness.send(`PUT /teams/${team}/policy${query}`, { body: { rules } })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json
}

describe('200', () => {
  test('a team without a policy has none, and may do everything', async () => {
    await using harness = await openHarness()
    const { status, json, headers } = await harness.send(`GET ${line}`)
    expect([status, headers.get('etag')]).toEqual([200, '"0"'])
    expect(json).toEqual({
      team: 'search',
      source: null,
      rules: {},
      version: null,
      updateTime: null,
      usage: {},
      etag: '"0"',
    })
  })

  test('a policy is read back as it was written, with what the team holds', async () => {
    await using harness = await openHarness()
    await harness.makeCluster()
    const rules = { quotas: { clusters: 3, cu: 8 }, labels: { env: { values: ['prod'] }, owner: {} } }
    const written = await put(harness, rules)
    expect(written).toMatchObject({
      source: 'search',
      rules,
      version: 1,
      usage: { clusters: 1 },
      etag: '"1"',
    })
    const key = await harness.makeKey('viewer', 'search')
    expect((await harness.send(`GET ${line}`, { key })).json).toEqual(written)
  })

  test('is written down, with before and after', async () => {
    await using harness = await openHarness()
    await put(harness, { quotas: { clusters: 3 } })
    await put(harness, { quotas: { clusters: 2 }, names: ['a-*'] })
    const [entry] = await entriesOf(harness, 'policy.update')
    expect(entry).toMatchObject({
      outcome: 'SUCCESS',
      team: 'search',
      targets: [{ type: 'team', id: 'search' }],
      changes: [
        { path: '/rules/names', before: null, after: ['a-*'] },
        { path: '/rules/quotas/clusters', before: 3, after: 2 },
      ],
    })
  })

  test('validateOnly shows what would be and changes nothing', async () => {
    await using harness = await openHarness()
    const shown = await put(harness, { quotas: { clusters: 3 } }, 'search', '?validateOnly=true')
    expect(shown).toMatchObject({ source: 'search', version: 1, rules: { quotas: { clusters: 3 } } })
    expect((await harness.send(`GET ${line}`)).json).toMatchObject({ source: null, rules: {} })
    expect(await entriesOf(harness, 'policy.update')).toEqual([])
  })

  test('the policy of * holds for teams without their own, and a deleted one gives way to it', async () => {
    await using harness = await openHarness()
    await put(harness, { quotas: { clusters: 1 } }, '*')
    await put(harness, { quotas: { clusters: 5 } })
    const of = async (team: string) => (await harness.send(`GET /teams/${team}/policy`)).json
    expect(await of('ml')).toMatchObject({ source: '*', rules: { quotas: { clusters: 1 } }, etag: '"0"' })
    expect(await of('search')).toMatchObject({ source: 'search', rules: { quotas: { clusters: 5 } } })
    const gone = await harness.send(`DELETE ${line}`)
    expect(gone.json).toMatchObject({ source: '*', rules: { quotas: { clusters: 1 } }, etag: '"2"' })
    expect((await entriesOf(harness, 'policy.delete'))[0]).toMatchObject({
      changes: [{ path: '/rules', before: { quotas: { clusters: 5 } }, after: null }],
    })
    // No two policies of a team share a version, also not with one that is gone.
    expect(await put(harness, {})).toMatchObject({ source: 'search', version: 3, rules: {} })
  })

  test('every team may read the policy of *', async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('viewer', 'ml')
    expect((await harness.send('GET /teams/*/policy', { key })).status).toBe(200)
    expect((await harness.send(`GET ${line}`, { key })).status).toBe(404)
  })
})

describe('400: a policy that contradicts itself names every field that is at odds', () => {
  test.each<[string, object, string[]]>([
    ['an unknown provider', { providers: ['acme'] }, ['/rules/providers/0']],
    ['no provider at all', { providers: [] }, ['/rules/providers']],
    ['a connection that is not there', { connections: ['nobody'] }, ['/rules/connections/0']],
    ['one that does not serve the team', { connections: ['fireworks-prod'] }, ['/rules/connections/0']],
    [
      'a connection to a provider that is not allowed',
      { providers: ['fireworks'], connections: ['zilliz-prod'] },
      ['/rules/connections/0', '/rules/providers', '/rules/providers/0', '/rules/connections'],
    ],
    [
      'a provider without a connection',
      { providers: ['zilliz', 'fireworks'], connections: ['zilliz-prod'] },
      ['/rules/providers/1', '/rules/connections'],
    ],
    [
      'a region of no allowed provider',
      { providers: ['zilliz'], regions: ['gcp-us-west1', 'us-east-1'] },
      ['/rules/regions/1', '/rules/providers'],
    ],
    [
      'a region of no allowed connection',
      { connections: ['zilliz-prod'], regions: ['us-east-1'] },
      ['/rules/regions/0', '/rules/connections'],
    ],
    [
      'a provider without a region',
      { providers: ['zilliz', 'fireworks'], regions: ['gcp-us-west1'] },
      ['/rules/providers/1', '/rules/regions'],
    ],
    [
      'a plan of no allowed provider',
      { providers: ['zilliz'], plans: ['SERVERLESS', 'eks'] },
      ['/rules/plans/1', '/rules/providers'],
    ],
    ['an unknown plan', { plans: ['GOLD'] }, ['/rules/plans/0']],
    [
      'a provider without a plan',
      { providers: ['zilliz', 'fireworks'], plans: ['SERVERLESS'] },
      ['/rules/providers/1', '/rules/plans'],
    ],
    ['an unknown option', { options: { colour: ['red'] } }, ['/rules/options/colour']],
    ['an unknown choice', { options: { tier: ['Standard', 'Gold'] } }, ['/rules/options/tier/1']],
    ['an unknown size', { sizes: { legs: { max: 2 } } }, ['/rules/sizes/legs']],
    [
      'bounds that cross',
      { sizes: { cuSize: { min: 9, max: 8 } } },
      ['/rules/sizes/cuSize/min', '/rules/sizes/cuSize/max'],
    ],
    ['a negative size', { sizes: { cuSize: { min: -1 } } }, ['/rules/sizes/cuSize/min']],
    ['a required label without a value', { labels: { env: { values: [] } } }, ['/rules/labels/env/values']],
    ['an impossible label', { labels: { '-env': {} } }, ['/rules/labels/-env']],
    ['an impossible name', { names: ['(a+)+$'] }, ['/rules/names/0']],
    ['a quota below nothing', { quotas: { clusters: -1 } }, ['/rules/quotas/clusters']],
    ['a quota of an unknown unit', { quotas: { wishes: 3 } }, ['/rules/quotas/wishes']],
    [
      'an approval that the quota refuses anyway',
      { quotas: { cu: 8 }, approval: { above: { cu: 8 } } },
      ['/rules/approval/above/cu', '/rules/quotas/cu'],
    ],
    ['an approval above nothing', { approval: { above: {} } }, ['/rules/approval/above']],
    ['an approval by a viewer', { approval: { above: { cu: 8 }, role: 'viewer' } }, ['/rules/approval/role']],
    [
      'a default lifetime that is too long',
      { lifetime: { maxSeconds: 3600, defaultSeconds: 7200 } },
      ['/rules/lifetime/defaultSeconds', '/rules/lifetime/maxSeconds'],
    ],
    ['an unknown rule', { colour: 'red' }, ['/rules/colour']],
  ])('%s', async (_, rules, pointers) => {
    await using harness = await openHarness()
    for (const query of ['', '?validateOnly=true']) {
      const { status, json } = await harness.send(`PUT ${line}${query}`, { body: { rules } })
      expect([status, (json.errors as JsonObject[]).map(({ pointer }) => pointer)]).toEqual([400, pointers])
    }
    expect((await harness.send(`GET ${line}`)).json.source).toBe(null)
  })

  test('regions are those that the account offers, once it was asked', async () => {
    await using harness = await openHarness()
    const { connections } = harness.store.reader.tables
    await harness.store.write(async ({ db }) => {
      await db
        .update(connections)
        .set({ directory: { regions: [{ regionId: 'gcp-us-west1' }], projects: [] } })
    })
    const rules = (region: string) => ({ providers: ['zilliz'], regions: [region] })
    expect((await harness.send(`PUT ${line}`, { body: { rules: rules('gcp-us-west1') } })).status).toBe(200)
    expect((await harness.send(`PUT ${line}`, { body: { rules: rules('gcp-mars') } })).status).toBe(400)
  })

  test('a policy of all teams may name a connection that serves some', async () => {
    await using harness = await openHarness()
    await put(harness, { connections: ['fireworks-prod'] }, '*')
  })
})

describe('403', () => {
  test.each(['search', '*'])('an admin of the team alone may not write the policy of %s', async (team) => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'search')
    const body = { rules: {} }
    for (const method of ['PUT', 'DELETE']) {
      const sent = method === 'PUT' ? { key, body } : { key }
      const { status, json } = await harness.send(`${method} /teams/${team}/policy`, sent)
      expect([status, json.code]).toEqual([403, 'forbidden'])
    }
    expect(await entriesOf(harness, 'policy.update')).toMatchObject([{ outcome: 'DENIED' }])
  })
})

describe('404', () => {
  test("another team's policy", async () => {
    await using harness = await openHarness()
    const key = await harness.makeKey('admin', 'ml')
    expect((await harness.send(`GET ${line}`, { key })).status).toBe(404)
    expect((await harness.send('GET /teams/No%20Team/policy')).status).toBe(404)
  })
})

describe('412', () => {
  test('a policy that changed since it was read', async () => {
    await using harness = await openHarness()
    const send = (etag: string, line = 'PUT /teams/search/policy') =>
      harness.send(line, { body: { rules: {} }, headers: { 'if-match': etag } })
    expect((await send('"1"')).status).toBe(412)
    expect((await send('"0"', 'PUT /teams/search/policy?validateOnly=true')).status).toBe(200)
    expect((await send('"0"')).status).toBe(200)
    expect((await send('"0"')).status).toBe(412)
    expect((await send('"0"', 'PUT /teams/search/policy?validateOnly=true')).status).toBe(412)
    const gone = await harness.send(`DELETE ${line}`, { headers: { 'if-match': '"0"' } })
    expect(gone.status).toBe(412)
  })
})

describe('503', () => {
  test('a frozen gateway takes no policy', async () => {
    await using harness = await openHarness()
    await harness.send('PUT /admin/freeze', { body: { frozen: true, reason: 'INC-1' } })
    expect((await harness.send(`PUT ${line}`, { body: { rules: {} } })).json.code).toBe('frozen')
  })
})

test('a connection that is gone can no longer be named', async () => {
  await using harness = await openHarness()
  await harness.send('POST /connections', { body: { ...zillizConnection, name: 'zilliz-lab' } })
  await put(harness, { connections: ['zilliz-lab'] })
  const { json } = await harness.send('GET /connections?name=zilliz-lab')
  const [{ id }] = json.connections as [{ id: string }]
  await harness.send(`DELETE /connections/${id}`)
  const answer = await harness.send(`PUT ${line}`, { body: { rules: { connections: ['zilliz-lab'] } } })
  expect(answer.status).toBe(400)
})
