import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { Change, Observed } from '../../src/cluster/provider.ts'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import {
  dedicatedId,
  failureOf,
  observed,
  openZilliz,
  projectId,
  refusal,
  serverlessId,
  success,
} from './zilliz-account.ts'

const plain = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized', cuSize: 8, replica: 2 }
const prompt = { clusterId: dedicatedId, prompt: 'successfully submitted.' }

/** Steps taken one after another until there is nothing left, and the calls they made. */
async function taken(change: Change, seen: Observed, settings: JsonObject = {}) {
  await using cloud = await openZilliz(() => success(prompt, { requestid: 'r1' }), { settings })
  const done: string[] = []
  while (true) {
    const { step, requestId } = await zilliz.update(cloud.account, seen, change, done)
    expect(cloud.arrived).toHaveLength(done.length + (step === null ? 0 : 1))
    if (step === null) break
    expect(requestId).toBe('r1')
    done.push(step)
  }
  return cloud.arrived.map(({ method, path, body }) => [
    method,
    path.replace(`/v2/clusters/${dedicatedId}`, ''),
    body,
  ])
}

const seen = (spec: JsonObject) => observed({ spec })

describe('an update', () => {
  test('makes one call a turn, in order, until nothing is left', async () => {
    const spec = { ...plain, cuSize: 12, replica: 3 }
    const change = { name: 'renamed', labels: { env: 'prod' }, spec }
    expect(await taken(change, seen(plain))).toEqual([
      ['POST', '/modifyProperties', { clusterName: 'renamed' }],
      ['PUT', '/labels', { labels: { env: 'prod' } }],
      ['POST', '/modify', { cuSize: 12 }],
      ['POST', '/modifyReplica', { replica: 3 }],
    ])
  })

  test('of what is already so makes no call', async () => {
    expect(await taken({ name: 'search', spec: plain }, seen(plain))).toEqual([])
    expect(await taken({ displayName: 'Only here' }, seen(plain))).toEqual([])
    expect(await taken({}, seen({ ...plain, autoscaling: { replica: { min: 1, max: 2 } } }))).toEqual([])
  })

  test('does not repeat a step that is done, although the old size is still shown', async () => {
    await using cloud = await openZilliz(() => success(prompt))
    const change = { spec: { ...plain, cuSize: 12 } }
    const first = await zilliz.update(cloud.account, seen(plain), change, [])
    expect(await zilliz.update(cloud.account, seen(plain), change, [String(first.step)])).toEqual({
      step: null,
      requestId: null,
    })
  })

  test('sends the whole autoscaling, so that one half does not wipe the other', async () => {
    const { cuSize: _, ...scaling } = plain
    const replica = { schedules: [{ cron: '0 8 * * *', target: 2, timezone: 'Etc/UTC' }] }
    const before = { ...scaling, autoscaling: { cu: { min: 8, max: 16 } } }
    const after = { ...scaling, autoscaling: { cu: { min: 8, max: 32 }, replica } }
    expect(await taken({ spec: after }, seen(before))).toEqual([
      ['POST', '/modify', { autoscaling: { cu: { min: 8, max: 32 }, replica } }],
    ])
  })

  test('from autoscaling to a fixed size clears the one before it sets the other', async () => {
    const { cuSize: _, ...scaling } = plain
    expect(
      await taken({ spec: plain }, seen({ ...scaling, autoscaling: { cu: { min: 8, max: 16 } } })),
    ).toEqual([
      ['POST', '/modify', { autoscaling: { cu: {}, replica: {} } }],
      ['POST', '/modify', { cuSize: 8 }],
    ])
  })

  test('sends labels of dedicated clusters only', async () => {
    expect(await taken({ labels: {} }, seen(plain))).toEqual([['PUT', '/labels', { labels: {} }]])
    expect(await taken({ labels: { a: 'b' } }, seen({ plan: 'SERVERLESS', projectId }))).toEqual([])
    expect(zilliz.upstreamFields(plain)).toEqual(['labels'])
    expect(zilliz.upstreamFields({ plan: 'FREE', projectId })).toEqual([])
  })

  test('refused because the cluster is busy may be tried later', async () => {
    await using cloud = await openZilliz(() => refusal(40003))
    const change = { spec: { ...plain, cuSize: 12 } }
    expect(await failureOf(zilliz.update(cloud.account, seen(plain), change, []))).toMatchObject({
      kind: 'wrong-state',
      applied: 'no',
      retryable: true,
    })
  })
})

describe('a change of description', () => {
  const after = { ...plain, description: 'for search' }

  test('names the organization, which no other call does', async () => {
    await using cloud = await openZilliz(() => success(prompt), { settings: { orgId: 'org-1' } })
    await zilliz.update(cloud.account, seen(plain), { name: 'renamed', spec: after }, [])
    await zilliz.update(cloud.account, seen(plain), { spec: after }, [])
    expect(cloud.arrived.map(({ method, headers }) => [method, headers.orgid])).toEqual([
      ['POST', undefined],
      ['PATCH', 'org-1'],
    ])
    expect(cloud.arrived[1]?.body).toEqual({ description: 'for search' })
  })

  test('may be to none', async () => {
    expect(await taken({ spec: plain }, seen(after), { orgId: 'org-1' })).toEqual([
      ['PATCH', '', { description: '' }],
    ])
  })

  test.each([
    ['without an organization', after, plain, {}],
    [
      'of a serverless cluster',
      { plan: 'SERVERLESS', projectId, description: 'x' },
      { plan: 'SERVERLESS', projectId },
      { orgId: 'org-1' },
    ],
  ])('%s is refused unsent', async (_name, spec: JsonObject, before: JsonObject, settings) => {
    await using cloud = await openZilliz(() => success(prompt), { settings })
    const failure = await failureOf(zilliz.update(cloud.account, seen(before), { spec }, []))
    expect(failure).toMatchObject({ kind: 'unsupported', applied: 'no', retryable: false })
    expect(cloud.arrived).toHaveLength(0)
  })
})

describe('suspend, resume, delete', () => {
  test.each([
    ['suspend', 'POST', '/v2/clusters/in01-0123456789abcde/suspend'],
    ['resume', 'POST', '/v2/clusters/in01-0123456789abcde/resume'],
    ['delete', 'DELETE', '/v2/clusters/in01-0123456789abcde/drop'],
  ] as const)('%s asks once and tells the request id', async (verb, method, path) => {
    await using cloud = await openZilliz(() => success(prompt, { requestid: 'r1' }))
    expect(await zilliz[verb](cloud.account, dedicatedId)).toEqual({ requestId: 'r1' })
    expect(cloud.arrived).toMatchObject([{ method, path, body: undefined }])
  })

  test.each(['suspend', 'resume', 'delete'] as const)(
    '%s in the wrong state may be tried later',
    async (verb) => {
      await using cloud = await openZilliz(() => refusal(40003))
      expect(await failureOf(zilliz[verb](cloud.account, dedicatedId))).toMatchObject({
        kind: 'wrong-state',
        applied: 'no',
        retryable: true,
      })
    },
  )

  test.each([404, 96018, 40021, 90102])('a delete of what is gone (%i) is a success', async (code) => {
    await using cloud = await openZilliz(() => refusal(code))
    expect(await zilliz.delete(cloud.account, serverlessId)).toEqual({ requestId: null })
  })

  test.each(['', '..', '../projects', 'a/b', 'a?b'])(
    'an id that is none (%j) reaches no other path',
    async (id) => {
      await using cloud = await openZilliz(() => success(prompt))
      for (const verb of ['observe', 'suspend', 'resume', 'delete'] as const) {
        expect(await failureOf(zilliz[verb](cloud.account, id))).toMatchObject({
          kind: 'invalid',
          applied: 'no',
        })
      }
      expect(cloud.arrived).toHaveLength(0)
    },
  )
})
