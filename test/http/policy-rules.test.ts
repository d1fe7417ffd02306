import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { PolicyRules } from '../../src/cluster/policy.ts'
import { eksCluster, entriesOf, openHarness, zillizCluster } from './harness.ts'
import { dedicated, openPoliced, putPolicy, refusedBy, usageOf } from './policy-harness.ts'

const { team: _, ...serverless } = zillizCluster
const big = { ...dedicated({ tier: 'Enterprise', cuSize: 16, replica: 2 }), name: 'big' }

describe('a create that the policy does not allow is refused with 403, and told why', () => {
  test.each<[string, PolicyRules, object, string, unknown, unknown]>([
    ['plans', { plans: ['FREE'] }, serverless, '/spec', 'SERVERLESS', ['FREE']],
    ['regions', { regions: ['aws-us-west-2'] }, serverless, '/region', 'gcp-us-west1', ['aws-us-west-2']],
    ['names', { names: ['s-*', 'search-?'] }, serverless, '/name', 'search-index', ['s-*', 'search-?']],
    ['options.tier', { options: { tier: ['Standard'] } }, big, '/spec/tier', 'Enterprise', ['Standard']],
    [
      'options.cuType',
      { options: { cuType: ['Tiered-storage'] } },
      big,
      '/spec/cuType',
      'Performance-optimized',
      ['Tiered-storage'],
    ],
    ['sizes.cuSize.max', { sizes: { cuSize: { max: 8 } } }, big, '/spec/cuSize', 16, 8],
    ['sizes.cuSize.min', { sizes: { cuSize: { min: 32 } } }, big, '/spec/cuSize', 16, 32],
    ['sizes.replica.max', { sizes: { replica: { max: 1 } } }, big, '/spec/replica', 2, 1],
    ['labels.owner', { labels: { owner: {} } }, serverless, '/labels/owner', null, null],
    [
      'labels.constructor',
      { labels: { constructor: { values: ['a'] } } },
      serverless,
      '/labels/constructor',
      null,
      ['a'],
    ],
    [
      'labels.env',
      { labels: { env: { values: ['test'] } } },
      { ...serverless, labels: { env: 'prod' } },
      '/labels/env',
      'prod',
      ['test'],
    ],
    ['lifetime.maxSeconds', { lifetime: { maxSeconds: 3600 } }, serverless, '/expireTime', null, 3600],
    [
      'lifetime.maxSeconds',
      { lifetime: { maxSeconds: 3600 } },
      { ...serverless, expireTime: '2026-03-01T10:30:01.000Z' },
      '/expireTime',
      3601,
      3600,
    ],
    ['quotas.clusters', { quotas: { clusters: 0 } }, serverless, '', 1, 0],
    ['quotas.cu', { quotas: { cu: 31 } }, big, '/spec', 32, 31],
  ])('%s', async (rule, rules, body, pointer, input, limit) => {
    const { harness: opened, key } = await openPoliced(rules)
    await using harness = opened
    const answer = await harness.send('POST /clusters', { key, body })
    expect(refusedBy(answer)).toEqual([403, 'policy-denied', 'DENY', [[rule, input, limit]]])
    expect(answer.json.errors).toMatchObject([{ pointer }])
    expect((await harness.send('POST /clusters?validateOnly=true', { key, body })).json.policy).toEqual(
      answer.json.policy,
    )
    const [, entry] = await entriesOf(harness, 'cluster.create')
    expect(entry).toMatchObject({ outcome: 'DENIED', team: 'search', policy: answer.json.policy })
    expect((await harness.send('GET /clusters')).json.clusters).toEqual([])
    expect((await usageOf(harness)).clusters ?? 0).toBe(0)
  })

  test('by another provider or connection than it allows', async () => {
    await using harness = await openHarness()
    await putPolicy(harness, { providers: ['zilliz'], connections: ['zilliz-prod'] }, 'ml')
    const answer = await harness.send('POST /clusters', { body: eksCluster })
    expect(refusedBy(answer)).toEqual([
      403,
      'policy-denied',
      'DENY',
      [
        ['providers', 'fireworks', ['zilliz']],
        ['connections', 'fireworks-prod', ['zilliz-prod']],
      ],
    ])
  })

  test('by every rule at once, and by none that does not concern it', async () => {
    const { harness: opened, key } = await openPoliced({
      providers: ['zilliz'],
      plans: ['SERVERLESS'],
      sizes: { cuSize: { max: 4 } },
      labels: { owner: {} },
      quotas: { clusters: 9, cu: 8 },
    })
    await using harness = opened
    const answer = await harness.send('POST /clusters', { key, body: { ...dedicated(), name: 'a' } })
    expect(refusedBy(answer)).toEqual([
      403,
      'policy-denied',
      'DENY',
      [
        ['plans', 'DEDICATED', ['SERVERLESS']],
        ['sizes.cuSize.max', 8, 4],
        ['labels.owner', null, null],
      ],
    ])
  })

  test('a size that scales is held to its bounds, and counts at its largest', async () => {
    const { harness: opened, key } = await openPoliced({ sizes: { cuSize: { min: 2, max: 8 } } })
    await using harness = opened
    const scaling = (min: number, max: number) => ({
      ...dedicated({ cuSize: undefined, autoscaling: { cu: { min, max } } }),
      name: `from-${min}-to-${max}`,
    })
    const send = (min: number, max: number) =>
      harness.send('POST /clusters', { key, body: scaling(min, max) })
    expect(refusedBy(await send(1, 16))).toMatchObject([
      403,
      'policy-denied',
      'DENY',
      [
        ['sizes.cuSize.min', 1, 2],
        ['sizes.cuSize.max', 16, 8],
      ],
    ])
    expect((await send(2, 8)).status).toBe(202)
    expect(await usageOf(harness)).toEqual({ clusters: 1, cu: 8 })
  })

  test('comes after validation and before names', async () => {
    const { harness: opened, key } = await openPoliced({ quotas: { clusters: 1 } })
    await using harness = opened
    await harness.send('POST /clusters', { key, body: serverless })
    const wrong = { ...serverless, region: 'mars!' }
    expect((await harness.send('POST /clusters', { key, body: wrong })).status).toBe(400)
    expect((await harness.send('POST /clusters', { key, body: serverless })).json.code).toBe('policy-denied')
    await putPolicy(harness, { quotas: { clusters: 2 } })
    expect((await harness.send('POST /clusters', { key, body: serverless })).json.code).toBe('name-taken')
  })

  test('uses no idempotency key up, and a repeat of what was accepted is not asked again', async () => {
    const { harness: opened, key } = await openPoliced({ quotas: { clusters: 0 } })
    await using harness = opened
    const sent = { key, body: serverless, headers: { 'idempotency-key': 'once' } }
    expect((await harness.send('POST /clusters', sent)).status).toBe(403)
    await putPolicy(harness, { quotas: { clusters: 1 } })
    const first = await harness.send('POST /clusters', sent)
    const again = await harness.send('POST /clusters', sent)
    expect([first.status, again.status, again.json.id]).toEqual([202, 202, first.json.id])
  })
})

describe('a create that the policy allows', () => {
  test('carries the decision in its entry: by which version of whose policy', async () => {
    await using harness = await openHarness()
    await putPolicy(harness, { quotas: { clusters: 9 } }, '*')
    await putPolicy(harness, { quotas: { clusters: 5 } }, '*')
    await harness.makeCluster()
    const [entry] = await entriesOf(harness, 'cluster.create')
    expect(entry?.policy).toEqual({ decision: 'ALLOW', team: '*', version: 2, rules: [] })
  })

  test('says so to validateOnly, and with no policy that there is none', async () => {
    await using harness = await openHarness()
    const ask = () => harness.send('POST /clusters?validateOnly=true', { body: zillizCluster })
    expect((await ask()).json.policy).toBe(null)
    await putPolicy(harness, { approval: { above: { clusters: 0 }, role: 'admin', expireSeconds: 60 } })
    expect((await ask()).json.policy).toEqual({
      decision: 'APPROVAL',
      team: 'search',
      version: 1,
      rules: [{ rule: 'approval.above.clusters', input: 1, limit: 0 }],
    })
    await harness.makeCluster({ team: 'ml' })
    const [entry] = await entriesOf(harness, 'cluster.create')
    expect(entry).not.toHaveProperty('policy')
  })

  test('gets the lifetime of the policy where it asks for none', async () => {
    const { harness: opened, key } = await openPoliced({
      lifetime: { maxSeconds: 7200, defaultSeconds: 3600 },
    })
    await using harness = opened
    const preview = await harness.send('POST /clusters?validateOnly=true', { key, body: serverless })
    expect((preview.json.cluster as JsonObject).expireTime).toBe('2026-03-01T10:30:00.000Z')
    const { json } = await harness.send('POST /clusters', { key, body: serverless })
    expect(json.expireTime).toBe('2026-03-01T10:30:00.000Z')
  })
})

describe('a change is held to what it makes worse', () => {
  const rules: PolicyRules = {
    sizes: { cuSize: { max: 8 } },
    labels: { env: { values: ['prod', 'test'] } },
    names: ['a-*'],
    lifetime: { maxSeconds: 3600 },
    quotas: { cu: 12 },
  }
  const body = { ...dedicated(), name: 'a-1', labels: { env: 'prod' }, expireTime: '2026-03-01T10:30:00Z' }

  async function opened() {
    const { harness, key } = await openPoliced(rules)
    const { json } = await harness.send('POST /clusters', { key, body })
    await harness.settle(String(json.id))
    return {
      harness,
      change: (patch: object) => harness.send(`PATCH /clusters/${json.id}`, { key, body: patch }),
      remove: () => harness.send(`DELETE /clusters/${json.id}`, { key }),
    }
  }

  test.each<[object, unknown[]]>([
    [{ spec: { cuSize: 9 } }, [['sizes.cuSize.max', 9, 8]]],
    [{ spec: { replica: 2 } }, [['quotas.cu', 16, 12]]],
    [{ labels: { env: null } }, [['labels.env', null, ['prod', 'test']]]],
    [{ labels: { env: 'other' } }, [['labels.env', 'other', ['prod', 'test']]]],
    [{ name: 'b-1' }, [['names', 'b-1', ['a-*']]]],
    [{ expireTime: null }, [['lifetime.maxSeconds', null, 3600]]],
    [{ expireTime: '2026-03-01T10:30:01Z' }, [['lifetime.maxSeconds', 3601, 3600]]],
  ])('%j is refused', async (patch, findings) => {
    const { harness: policed, change } = await opened()
    await using harness = policed
    expect(refusedBy(await change(patch))).toEqual([403, 'policy-denied', 'DENY', findings])
    const [entry] = await entriesOf(harness, 'cluster.update')
    expect(entry).toMatchObject({ outcome: 'DENIED', policy: { decision: 'DENY' } })
    expect(await usageOf(harness)).toEqual({ clusters: 1, cu: 8 })
  })

  test('what is older than a rule can be labelled and made smaller, and not grow', async () => {
    const { harness: policed, change, remove } = await opened()
    await using harness = policed
    await putPolicy(harness, {
      ...rules,
      sizes: { cuSize: { max: 2 } },
      regions: ['aws-us-west-2'],
      quotas: { cu: 2 },
    })
    expect((await change({ displayName: 'Renamed' })).status).toBe(200)
    expect(refusedBy(await change({ spec: { cuSize: 9 } }))).toEqual([
      403,
      'policy-denied',
      'DENY',
      [
        ['sizes.cuSize.max', 9, 2],
        ['quotas.cu', 9, 2],
      ],
    ])
    expect((await change({ spec: { cuSize: 4 } })).status).toBe(202)
    // The update may still fail: until it is done the larger size counts, also where a delete takes over.
    expect(await usageOf(harness)).toEqual({ clusters: 1, cu: 8 })
    const { json } = await remove()
    expect([json.state, await usageOf(harness)]).toEqual(['DELETING', { clusters: 1, cu: 8 }])
    await harness.settle(String(json.id), { state: 'DELETED' })
    expect(await usageOf(harness)).toEqual({ clusters: 0, cu: 0 })
  })

  test('growing above what needs an approval is refused: only a create can wait', async () => {
    const { harness: policed, change } = await opened()
    await using harness = policed
    await putPolicy(harness, { approval: { above: { cu: 8 }, role: 'admin', expireSeconds: 60 } })
    expect(refusedBy(await change({ spec: { cuSize: 9 } }))).toEqual([
      403,
      'policy-denied',
      'DENY',
      [['approval.above.cu', 9, 8]],
    ])
  })

  test('a resume spends anew: it is held to place, size and quota as they are now', async () => {
    const { harness: policed, key } = await openPoliced({})
    await using harness = policed
    const { json } = await harness.send('POST /clusters', { key, body })
    await harness.settle(String(json.id), { state: 'SUSPENDED' })
    await putPolicy(harness, { regions: ['aws-us-west-2'], names: ['z-*'], quotas: { cu: 4 } })
    const resume = () => harness.send(`POST /clusters/${json.id}/resume`, { key })
    expect(refusedBy(await resume())).toEqual([
      403,
      'policy-denied',
      'DENY',
      [
        ['regions', 'gcp-us-west1', ['aws-us-west-2']],
        ['quotas.cu', 8, 4],
      ],
    ])
    await putPolicy(harness, { quotas: { cu: 8 } })
    expect((await resume()).status).toBe(202)
  })
})

describe('an import', () => {
  async function opened(rules: PolicyRules) {
    const { harness } = await openPoliced({})
    const ids = ['in05-a', 'in05-b', 'in05-c']
    for (const externalId of ids) {
      const id = await harness.makeCluster({ ...dedicated(), name: externalId })
      await harness.settle(id, { management: 'UNMANAGED', externalId, team: '*' })
    }
    await putPolicy(harness, rules)
    const send = (labels: object, externalIds = ids) =>
      harness.send('POST /clusters/import', {
        body: { connection: 'zilliz-prod', team: 'search', externalIds, labels },
      })
    return { harness, send }
  }

  test('takes what fits the quota, and says of each of the rest why not', async () => {
    const { harness: policed, send } = await opened({ quotas: { cu: 16 }, labels: { owner: {} } })
    await using harness = policed
    expect(await usageOf(harness)).toMatchObject({ clusters: 0 })
    const { status, json } = await send({ owner: 'me' })
    const results = json.results as JsonObject[]
    expect([status, results.map(({ outcome }) => outcome)]).toEqual([
      200,
      ['IMPORTED', 'IMPORTED', 'REFUSED'],
    ])
    expect(results[2]?.error).toMatchObject({
      code: 'policy-denied',
      policy: { decision: 'DENY', rules: [{ rule: 'quotas.cu', input: 24, limit: 16 }] },
    })
    expect(await usageOf(harness)).toMatchObject({ clusters: 2, cu: 16 })
    const [entry] = await entriesOf(harness, 'cluster.import')
    expect(entry?.policy).toMatchObject({ decision: 'ALLOW', team: 'search' })
  })

  test('of which nothing is allowed is refused as a whole', async () => {
    const { harness: policed, send } = await opened({ labels: { owner: {} } })
    await using harness = policed
    expect(refusedBy(await send({}, ['in05-a']))).toEqual([
      403,
      'policy-denied',
      'DENY',
      [['labels.owner', null, null]],
    ])
    const [entry] = await entriesOf(harness, 'cluster.import')
    expect(entry).toMatchObject({ outcome: 'DENIED', policy: { decision: 'DENY' } })
  })
})

describe('64 creates at once', () => {
  test('at a quota of 10: exactly 10 are accepted, 54 are told why not', async () => {
    const { harness: opened, key } = await openPoliced({ quotas: { clusters: 10 } })
    await using harness = opened
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        harness.send('POST /clusters', { key, body: { ...serverless, name: `c-${i}` } }),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    expect([202, 403].map((wanted) => statuses.filter((status) => status === wanted).length)).toEqual([
      10, 54,
    ])
    for (const answer of answers.filter(({ status }) => status === 403)) {
      expect(refusedBy(answer)).toEqual([403, 'policy-denied', 'DENY', [['quotas.clusters', 11, 10]]])
    }
    expect(await usageOf(harness)).toEqual({ clusters: 10 })
  })

  test('and growth beside them share one quota of compute units', async () => {
    const { harness: opened, key } = await openPoliced({ quotas: { cu: 20 } })
    await using harness = opened
    const first = await harness.send('POST /clusters', {
      key,
      body: { ...dedicated({ cuSize: 1 }), name: 'a' },
    })
    await harness.settle(String(first.json.id))
    await Promise.all([
      ...Array.from({ length: 16 }, (_, i) =>
        harness.send('POST /clusters', { key, body: { ...dedicated({ cuSize: 3 }), name: `c-${i}` } }),
      ),
      harness.send(`PATCH /clusters/${first.json.id}`, { key, body: { spec: { cuSize: 8 } } }),
    ])
    expect(Number((await usageOf(harness)).cu)).toBeLessThanOrEqual(20)
    expect(Number((await usageOf(harness)).cu)).toBeGreaterThan(17)
  })
})

test('what failed and left nothing behind gives its room back, and takes it again with a retry', async () => {
  const { harness: opened, key } = await openPoliced({ quotas: { clusters: 1 } })
  await using harness = opened
  const { json } = await harness.send('POST /clusters', { key, body: serverless })
  const failed = { state: 'FAILED', operationStatus: 'FAILED', externalId: null } as const
  await harness.settle(String(json.id), failed)
  expect(await usageOf(harness)).toEqual({ clusters: 0 })
  const retry = () => harness.send(`POST /clusters/${json.id}/retry`, { key })
  const other = await harness.send('POST /clusters', { key, body: { ...serverless, name: 'other' } })
  expect(other.status).toBe(202)
  expect(refusedBy(await retry())).toEqual([403, 'policy-denied', 'DENY', [['quotas.clusters', 2, 1]]])
  await harness.settle(String(other.json.id), { state: 'DELETED' })
  expect((await retry()).status).toBe(202)
  expect(await usageOf(harness)).toEqual({ clusters: 1 })
})

test('a create of which nothing is known upstream is held to everything when it is retried', async () => {
  const { harness: opened, key } = await openPoliced({})
  await using harness = opened
  const { json } = await harness.send('POST /clusters', { key, body: serverless })
  const failed = { state: 'FAILED', operationStatus: 'FAILED', externalId: null } as const
  await harness.settle(String(json.id), { ...failed, work: { requestId: 'req_1', createUnknown: true } })
  const retry = () => harness.send(`POST /clusters/${json.id}/retry`, { key })
  await putPolicy(harness, { names: ['z-*'], lifetime: { maxSeconds: 60 } })
  const { name } = serverless
  expect(refusedBy(await retry())).toEqual([
    403,
    'policy-denied',
    'DENY',
    [
      ['names', name, ['z-*']],
      ['lifetime.maxSeconds', null, 60],
    ],
  ])
  await putPolicy(harness, { approval: { above: { clusters: 0 }, role: 'admin', expireSeconds: 60 } })
  expect((await retry()).json.state).toBe('PENDING_APPROVAL')
  expect(await usageOf(harness)).toEqual({ clusters: 1 })
})
