import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import type { PolicyRules } from '../../src/cluster/policy.ts'
import { approveCluster, expireApprovals } from '../../src/store/approvals.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import { findConnectionByName } from '../../src/store/read-connections.ts'
import { entriesOf, type Harness, zillizCluster } from './harness.ts'
import { openPoliced, putPolicy, refusedBy, usageOf } from './policy-harness.ts'

const { team: _, ...body } = zillizCluster
const rules: PolicyRules = { approval: { above: { clusters: 0 }, role: 'operator', expireSeconds: 3600 } }

/** A create that waits, who asked, and somebody else. */
async function opened(policy: PolicyRules = rules) {
  const { harness, key: asker } = await openPoliced(policy)
  const other = await harness.makeKey('operator', 'search')
  const { status, json } = await harness.send('POST /clusters', { key: asker, body })
  if (status !== 202) throw new Error(JSON.stringify(json))
  const id = String(json.id)
  const decide = (verb: 'approve' | 'reject', key: string, sent: object = { reason: 'because' }) =>
    harness.send(`POST /clusters/${id}/${verb}`, { key, body: sent })
  const cluster = async () => (await harness.send(`GET /clusters/${id}`)).json
  return { harness, asker, other, id, created: json, decide, cluster }
}

/** What is due at the provider. */
async function dueTimeOf(harness: Harness, id: string): Promise<number | null> {
  const { clusters } = harness.store.reader.tables
  const rows = await harness.store.reader.db.select().from(clusters)
  return rows.find((row) => row.id === id)?.dueTime ?? null
}

describe('a create above the limit', () => {
  test('waits, and says for what, for whom, and until when', async () => {
    const { harness: waiting, created, id } = await opened()
    await using harness = waiting
    expect(created).toMatchObject({
      state: 'PENDING_APPROVAL',
      stateReason: 'Waits until 2026-03-01T10:30:00.000Z for another operator to approve it.',
      operation: { kind: 'create', status: 'PENDING', nextAttemptTime: null },
      approval: {
        status: 'PENDING',
        role: 'operator',
        rules: [{ rule: 'approval.above.clusters', input: 1, limit: 0 }],
        requestedBy: { displayName: 'operator of search' },
        requestTime: '2026-03-01T09:30:00.000Z',
        expireTime: '2026-03-01T10:30:00.000Z',
        decidedBy: null,
      },
    })
    expect(created.approval).not.toHaveProperty('askers')
    expect(await dueTimeOf(harness, id)).toBe(null)
    const [entry] = await entriesOf(harness, 'cluster.create')
    expect(entry?.policy).toMatchObject({ decision: 'APPROVAL', version: 1 })
    const { json } = await harness.send('GET /clusters?state=PENDING_APPROVAL')
    expect((json.clusters as JsonObject[]).map((cluster) => cluster.id)).toEqual([id])
  })

  test('holds its name and its room', async () => {
    const { harness: waiting, asker } = await opened({ ...rules, quotas: { clusters: 1 } })
    await using harness = waiting
    expect(await usageOf(harness)).toEqual({ clusters: 1 })
    const answer = await harness.send('POST /clusters', { key: asker, body: { ...body, name: 'second' } })
    expect(refusedBy(answer)).toEqual([403, 'policy-denied', 'DENY', [['quotas.clusters', 2, 1]]])
    await putPolicy(harness, rules)
    expect((await harness.send('POST /clusters', { key: asker, body })).json.code).toBe('name-taken')
  })

  test('is answered at once also to a caller that would wait', async () => {
    const { harness: policed, key } = await openPoliced(rules)
    await using harness = policed
    const answer = await harness.send('POST /clusters', { key, body, headers: { prefer: 'wait=60' } })
    expect([answer.status, answer.json.state]).toEqual([202, 'PENDING_APPROVAL'])
  })

  test('can be deleted by whoever asked, and gives its room back', async () => {
    const { harness: waiting, asker, id, cluster } = await opened()
    await using harness = waiting
    expect((await harness.send(`DELETE /clusters/${id}`, { key: asker })).status).toBe(202)
    expect(await cluster()).toMatchObject({ state: 'DELETING', approval: { status: 'WITHDRAWN' } })
    expect(await expireApprovals(harness.store)).toBe(0)
    await harness.change(id, { state: 'DELETED' })
    expect(await usageOf(harness)).toEqual({ clusters: 0 })
  })

  test('takes no other change meanwhile', async () => {
    const { harness: waiting, asker, id } = await opened()
    await using harness = waiting
    const answer = await harness.send(`PATCH /clusters/${id}`, { key: asker, body: { name: 'renamed' } })
    expect(answer.json.code).toBe('operation-in-progress')
    expect((await harness.send(`POST /clusters/${id}/retry`, { key: asker })).status).toBe(409)
    await harness.send(`POST /clusters/${id}/refresh`, { key: asker })
    expect(await dueTimeOf(harness, id)).toBe(null)
  })
})

describe('an approval', () => {
  test('by a second person lets the create go on, and is written down', async () => {
    const { harness: waiting, other, id, decide } = await opened()
    await using harness = waiting
    harness.clock.time += 60_000
    const answer = await decide('approve', other, { reason: 'CAP-77' })
    expect([answer.status, answer.headers.get('etag')]).toEqual([202, '"2"'])
    expect(answer.json).toMatchObject({
      state: 'PENDING',
      stateReason: null,
      operation: { kind: 'create', status: 'PENDING', startTime: '2026-03-01T09:31:00.000Z' },
      approval: {
        status: 'APPROVED',
        decidedBy: { displayName: 'operator of search' },
        decideTime: '2026-03-01T09:31:00.000Z',
        reason: 'CAP-77',
      },
    })
    expect(await dueTimeOf(harness, id)).toBe(harness.clock.time)
    const [entry] = await entriesOf(harness, 'cluster.approve')
    expect(entry).toMatchObject({
      outcome: 'SUCCESS',
      reason: 'CAP-77',
      targets: [{ id }],
      policy: { decision: 'APPROVAL', team: 'search' },
    })
    expect(entry?.changes).toContainEqual({ path: '/state', before: 'PENDING_APPROVAL', after: 'PENDING' })
    expect(await usageOf(harness)).toEqual({ clusters: 1 })
  })

  test('needs no body', async () => {
    const { harness: waiting, other, id } = await opened()
    await using harness = waiting
    expect((await harness.send(`POST /clusters/${id}/approve`, { key: other })).status).toBe(202)
  })

  test('by whoever asked is refused with 403, even if that is an admin of everything', async () => {
    const { harness: waiting, asker, decide, cluster } = await opened()
    await using harness = waiting
    for (const verb of ['approve', 'reject'] as const) {
      const answer = await decide(verb, asker)
      expect([answer.status, answer.json.code]).toEqual([403, 'forbidden'])
    }
    const mine = await harness.makeCluster({ name: 'mine' })
    const own = await harness.send(`POST /clusters/${mine}/approve`)
    expect([own.status, own.json.code]).toEqual([403, 'forbidden'])
    expect((await cluster()).state).toBe('PENDING_APPROVAL')
    expect(await entriesOf(harness, 'cluster.approve')).toMatchObject([
      { outcome: 'DENIED', targets: [{ id: mine }] },
      { outcome: 'DENIED' },
    ])
  })

  test('by whom the asker acted for, or by another who acts for the same person, is refused', async () => {
    const { harness: policed } = await openPoliced(rules)
    await using harness = policed
    const { store } = harness
    const connection = await findConnectionByName(store, 'zilliz-prod')
    if (!connection) throw new Error('there is no connection')
    const actor = (id: string) => ({ type: 'api_key', id, displayName: id, authMethod: 'api_key' }) as const
    const alice = { type: 'user', id: 'issuer#1042', displayName: 'alice@example.com' } as const
    const named = (id: string) => ({ onBehalfOf: { type: 'user', id, displayName: id } as const })
    const herself = { actor: { ...alice, authMethod: 'oidc', issuer: 'issuer' } as const }
    const context = { ip: null, userAgent: null, interface: 'http' } as const
    const by = (id: string, more: object = {}) => ({
      who: { actor: actor(id), requestId: 'r', context, ...more },
    })
    const order = { ...body, team: 'search', displayName: 'x', scope: '', labels: {}, connection }
    const { document } = await createCluster(store, by('key_bot', { onBehalfOf: alice }), {
      ...order,
      deletionProtection: false,
      expireTime: null,
    })
    const { id } = JSON.parse(document)
    const approve = (mutation: ReturnType<typeof by>) =>
      approveCluster(store, mutation, id, { roles: ['admin'], reason: null })
    for (const mutation of [
      by('key_bot'),
      by('', herself),
      by('key_other', { onBehalfOf: alice }),
      by('key_other', named('alice@example.com')),
      by('key_other', named('Alice@Example.com')),
    ]) {
      await expect(approve(mutation)).rejects.toMatchObject({ code: 'forbidden' })
    }
    const approved = await approve(by('key_other', named('bob@example.com')))
    expect(JSON.parse(approved.document).state).toBe('PENDING')
  })

  test('by the holder of a token is refused where it was asked for in its name, however that is written', async () => {
    const { harness: policed } = await openPoliced(rules)
    await using harness = policed
    const portal = await harness.send('POST /api-keys', {
      body: { role: 'operator', team: 'search', displayName: 'portal', allowOnBehalfOf: true },
    })
    const headers = { 'on-behalf-of': 'Alice@example.com' }
    const { json } = await harness.send('POST /clusters', { key: String(portal.json.key), body, headers })
    const context = { ip: null, userAgent: null, interface: 'http' } as const
    const approve = (displayName: string) => {
      const actor = { type: 'user', id: `issuer#${displayName.length}`, displayName } as const
      const who = { actor: { ...actor, authMethod: 'oidc' } as const, requestId: 'r', context }
      return approveCluster(harness.store, { who }, String(json.id), { roles: ['admin'], reason: null })
    }
    await expect(approve('alice@example.com')).rejects.toMatchObject({ code: 'forbidden' })
    expect(JSON.parse((await approve('bob@example.com')).document).state).toBe('PENDING')
  })

  test('by a key that the asker made, or made the maker of, is refused', async () => {
    const { harness: policed } = await openPoliced(rules)
    await using harness = policed
    const asker = await harness.makeKey('admin', 'search')
    const { json } = await harness.send('POST /clusters', { key: asker, body })
    const madeBy = async (key: string) => {
      const made = { role: 'admin', team: 'search', displayName: 'another' }
      return String((await harness.send('POST /api-keys', { key, body: made })).json.key)
    }
    const approve = (key: string) => harness.send(`POST /clusters/${json.id}/approve`, { key })
    const second = await madeBy(asker)
    for (const key of [second, await madeBy(second)]) {
      expect((await approve(key)).json).toMatchObject({ status: 403, code: 'forbidden' })
    }
    expect((await approve(await madeBy(harness.admin))).status).toBe(202)
  })

  test('by anybody who had a part in asking before it was asked for anew is refused', async () => {
    const { harness: waiting, asker, other, id, decide } = await opened()
    await using harness = waiting
    const retrier = await harness.makeKey('operator', 'search')
    for (const key of [other, retrier]) {
      harness.clock.time += 3600_000
      await expireApprovals(harness.store)
      expect((await harness.send(`POST /clusters/${id}/retry`, { key })).json.state).toBe('PENDING_APPROVAL')
    }
    for (const key of [asker, other, retrier]) {
      expect((await decide('approve', key)).json.code).toBe('forbidden')
    }
    expect((await decide('approve', await harness.makeKey('operator', 'search'))).status).toBe(202)
  })

  test('by whoever made the cluster is refused where only its retry has to wait', async () => {
    const { harness: policed, key: creator } = await openPoliced({})
    await using harness = policed
    const { json } = await harness.send('POST /clusters', { key: creator, body })
    await harness.settle(String(json.id), { state: 'FAILED', operationStatus: 'FAILED', externalId: null })
    await putPolicy(harness, rules)
    await harness.send(`POST /clusters/${json.id}/retry`, {
      key: await harness.makeKey('operator', 'search'),
    })
    const approve = (key: string) => harness.send(`POST /clusters/${json.id}/approve`, { key })
    expect((await approve(creator)).json.code).toBe('forbidden')
    expect((await approve(await harness.makeKey('operator', 'search'))).status).toBe(202)
  })

  test('takes the role that the policy names, then or now', async () => {
    const admins: PolicyRules = { approval: { above: { clusters: 0 }, role: 'admin', expireSeconds: 3600 } }
    const { harness: waiting, other, decide } = await opened(admins)
    await using harness = waiting
    expect((await decide('approve', other)).json.code).toBe('forbidden')
    await putPolicy(harness, rules)
    expect((await decide('approve', other)).json.code).toBe('forbidden')
    const viewer = await harness.makeKey('viewer', 'search')
    expect((await decide('approve', viewer)).status).toBe(403)
    const stranger = await harness.makeKey('admin', 'ml')
    expect((await decide('approve', stranger)).status).toBe(404)
    expect((await decide('approve', await harness.makeKey('admin', 'search'))).status).toBe(202)
  })

  test('takes the role that the policy has come to name', async () => {
    const { harness: waiting, other, decide } = await opened()
    await using harness = waiting
    await putPolicy(harness, { approval: { above: { clusters: 0 }, role: 'admin', expireSeconds: 3600 } })
    expect((await decide('approve', other)).json.code).toBe('forbidden')
  })

  test('given twice is refused: one of two at once goes through', async () => {
    const { harness: waiting, other, decide } = await opened()
    await using harness = waiting
    const third = await harness.makeKey('operator', 'search')
    const answers = await Promise.all([decide('approve', other), decide('approve', third)])
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
    expect((await decide('reject', third)).json.code).toBe('wrong-state')
  })

  test('repeated with its Idempotency-Key gets its answer again', async () => {
    const { harness: waiting, other, id } = await opened()
    await using harness = waiting
    const sent = { key: other, body: {}, headers: { 'idempotency-key': 'k' } }
    const first = await harness.send(`POST /clusters/${id}/approve`, sent)
    const again = await harness.send(`POST /clusters/${id}/approve`, sent)
    expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.text,
      'true',
    ])
  })

  test('is refused where the policy has come to forbid the cluster, which goes on waiting', async () => {
    const { harness: waiting, other, decide, cluster } = await opened()
    await using harness = waiting
    await putPolicy(harness, { ...rules, plans: ['FREE'] })
    expect(refusedBy(await decide('approve', other))).toEqual([
      403,
      'policy-denied',
      'DENY',
      [['plans', 'SERVERLESS', ['FREE']]],
    ])
    expect(await cluster()).toMatchObject({ state: 'PENDING_APPROVAL', approval: { status: 'PENDING' } })
    await putPolicy(harness, {})
    expect((await decide('approve', other)).status).toBe(202)
  })

  test('is refused where the quota has become too small meanwhile', async () => {
    const { harness: waiting, other, decide } = await opened()
    await using harness = waiting
    await putPolicy(harness, { quotas: { clusters: 0 } })
    expect(refusedBy(await decide('approve', other))).toEqual([
      403,
      'policy-denied',
      'DENY',
      [['quotas.clusters', 1, 0]],
    ])
  })

  test('is refused where the connection does not serve the team any more, and so is a retry', async () => {
    const { harness: waiting, asker, other, decide, cluster, id } = await opened()
    await using harness = waiting
    const connection = await findConnectionByName(harness.store, 'zilliz-prod')
    const serve = (teams: string[]) =>
      harness.send(`PATCH /connections/${connection?.id}`, { body: { teams } })
    expect((await serve(['ml'])).status).toBe(200)
    const detail = 'The connection zilliz-prod does not serve the team search any more.'
    const refused = { status: 403, code: 'forbidden', detail }
    expect((await decide('approve', other)).json).toMatchObject(refused)
    expect(await cluster()).toMatchObject({ state: 'PENDING_APPROVAL' })
    expect((await decide('reject', other)).status).toBe(200)
    const retry = () => harness.send(`POST /clusters/${id}/retry`, { key: asker })
    expect((await retry()).json).toMatchObject(refused)
    await serve(['ml', 'search'])
    expect((await retry()).json.state).toBe('PENDING_APPROVAL')
    await serve(['ml'])
    expect((await harness.send(`DELETE /clusters/${id}`, { key: asker })).status).toBe(202)
  })

  test('is not taken while the gateway is frozen', async () => {
    const { harness: waiting, other, decide } = await opened()
    await using harness = waiting
    await harness.send('PUT /admin/freeze', { body: { frozen: true, reason: 'INC-1' } })
    expect((await decide('approve', other)).json.code).toBe('frozen')
    expect((await decide('reject', other)).json.code).toBe('frozen')
  })

  test('of an older version than the one seen is refused', async () => {
    const { harness: waiting, other, id, asker } = await opened()
    await using harness = waiting
    await harness.send(`PATCH /clusters/${id}`, { key: asker, body: { displayName: 'Another' } })
    const headers = { 'if-match': '"1"' }
    expect((await harness.send(`POST /clusters/${id}/approve`, { key: other, headers })).status).toBe(412)
  })

  test('of what waits for nothing is refused', async () => {
    const { harness: waiting, other } = await opened()
    await using harness = waiting
    const id = await harness.makeCluster({ team: 'ml', name: 'plain' })
    expect((await harness.send(`POST /clusters/${id}/approve`, { key: other })).status).toBe(404)
    expect((await harness.send(`POST /clusters/${id}/approve`)).json.code).toBe('wrong-state')
  })

  test('holds for a retry of the create that it was given for', async () => {
    const { harness: waiting, other, asker, id, decide } = await opened()
    await using harness = waiting
    await decide('approve', other)
    await harness.settle(id, { state: 'FAILED', operationStatus: 'FAILED', externalId: null })
    const { json } = await harness.send(`POST /clusters/${id}/retry`, { key: asker })
    expect(json).toMatchObject({ state: 'PENDING', approval: { status: 'APPROVED' } })
  })
})

describe('a rejection', () => {
  test('ends the create with its reason, and gives its room back', async () => {
    const { harness: waiting, other, decide, id } = await opened()
    await using harness = waiting
    const answer = await decide('reject', other, { reason: 'Use the shared one' })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({
      state: 'FAILED',
      stateReason: 'It was not approved: Use the shared one',
      operation: { status: 'FAILED', error: { code: 'approval-rejected', retryable: false } },
      approval: { status: 'REJECTED', reason: 'Use the shared one' },
    })
    expect(await usageOf(harness)).toEqual({ clusters: 0 })
    expect(await dueTimeOf(harness, id)).toBe(null)
    const [entry] = await entriesOf(harness, 'cluster.reject')
    expect(entry).toMatchObject({ outcome: 'SUCCESS', reason: 'Use the shared one' })
  })

  test('needs a reason', async () => {
    const { harness: waiting, other, decide, cluster } = await opened()
    await using harness = waiting
    expect((await decide('reject', other, {})).json.errors).toMatchObject([{ pointer: '/reason' }])
    expect((await cluster()).state).toBe('PENDING_APPROVAL')
    expect(await usageOf(harness)).toEqual({ clusters: 1 })
  })

  test('is not undone by a retry: that waits anew', async () => {
    const { harness: waiting, other, asker, id, decide } = await opened()
    await using harness = waiting
    await decide('reject', other)
    const { json } = await harness.send(`POST /clusters/${id}/retry`, { key: asker })
    expect(json).toMatchObject({ state: 'PENDING_APPROVAL', approval: { status: 'PENDING', reason: null } })
    expect(await dueTimeOf(harness, id)).toBe(null)
    expect((await decide('approve', asker)).status).toBe(403)
    expect((await decide('approve', other)).status).toBe(202)
  })
})

describe('a wait that runs out', () => {
  test('ends the create, once, and gives its room back', async () => {
    const { harness: waiting, cluster } = await opened()
    await using harness = waiting
    harness.clock.time += 3600_000 - 1
    expect(await expireApprovals(harness.store)).toBe(0)
    harness.clock.time += 1
    expect(await expireApprovals(harness.store)).toBe(1)
    expect(await expireApprovals(harness.store)).toBe(0)
    expect(await cluster()).toMatchObject({
      state: 'FAILED',
      operation: { status: 'FAILED', error: { code: 'approval-expired' } },
      approval: { status: 'EXPIRED', decidedBy: null, decideTime: '2026-03-01T10:30:00.000Z' },
    })
    expect(await usageOf(harness)).toEqual({ clusters: 0 })
    expect(await entriesOf(harness, 'cluster.approval-expire')).toMatchObject([
      { outcome: 'SUCCESS', actor: { id: 'reconciler' }, team: 'search' },
    ])
  })

  test('cannot be approved any more, even before it is ended', async () => {
    const { harness: waiting, other, decide } = await opened()
    await using harness = waiting
    harness.clock.time += 3600_000
    expect((await decide('approve', other)).json.code).toBe('wrong-state')
  })
})
