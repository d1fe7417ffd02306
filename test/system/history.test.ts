import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { objectIn } from './client.ts'
import { Serving } from './serve.ts'
import { FakeZilliz, projectId } from './upstream/fake-zilliz.ts'

/** An event in a few words, as an auditor would tell it. */
function told(event: JsonObject): string {
  const actor = objectIn(event, 'actor')
  return [event.action, event.outcome, actor.displayName, event.reason].filter(Boolean).join(' ')
}

it("a cluster's history tells who asked and why, what the provider answered under which id, and all since", async () => {
  await using zilliz = await new FakeZilliz('key-of-the-history', { tells: 'much' }).listen()
  await using serving = await Serving.start()
  const { client } = serving
  const settings = { baseUrl: zilliz.url }
  const connection = { name: 'z', provider: 'zilliz', apiKey: zilliz.key, settings }
  await client.expect(201, 'POST /connections', { body: connection })
  const refusedId = 'req-of-a-refusal'
  zilliz.intercept = (request, answer) => {
    if (request.method !== 'POST' || zilliz.changes.length > 1) return answer()
    const headers = { requestid: refusedId, 'retry-after': '1' }
    return { status: 429, headers, body: { code: 49001, message: 'Too many requests' } }
  }
  const spec = { plan: 'SERVERLESS', projectId }
  const body = {
    provider: 'zilliz',
    connection: 'z',
    team: 'search',
    name: 'told',
    region: 'gcp-us-west1',
    spec,
    deletionProtection: true,
  }
  const headers = { reason: 'INC-1042', 'x-request-id': 'r-create', 'user-agent': 'history/1' }
  const made = await client.expect(202, 'POST /clusters', { body, headers })
  const id = String(made.id)
  await client.until(id, ({ state }) => state === 'READY')
  await client.expect(200, `POST /clusters/${id}/credentials/reveal`, { body: { reason: 'first look' } })
  await client.expect(202, `DELETE /clusters/${id}?force=true`, {
    headers: { reason: 'over', prefer: 'wait=30' },
  })
  await client.until(id, ({ state }) => state === 'DELETED')

  const events = await client.all(`/clusters/${id}/history`, 'events')
  expect(events.map(told).reverse()).toEqual([
    'cluster.create SUCCESS CLUSTERGATE_ADMIN_KEY INC-1042',
    'cluster.call UNKNOWN clustergate reconciler',
    'cluster.settle FAILURE clustergate reconciler',
    'cluster.call UNKNOWN clustergate reconciler',
    'cluster.settle SUCCESS clustergate reconciler',
    'credential.store SUCCESS clustergate reconciler',
    'cluster.observe SUCCESS clustergate reconciler',
    'cluster.settle SUCCESS clustergate reconciler',
    'credential.reveal SUCCESS CLUSTERGATE_ADMIN_KEY first look',
    'cluster.delete SUCCESS CLUSTERGATE_ADMIN_KEY over',
    'cluster.call UNKNOWN clustergate reconciler',
    'cluster.settle SUCCESS clustergate reconciler',
    'cluster.observe SUCCESS clustergate reconciler',
    'cluster.settle SUCCESS clustergate reconciler',
  ])
  const [create, call, refusal, again, answer] = events.toReversed()
  expect(create).toMatchObject({
    requestId: 'r-create',
    context: { ip: '127.0.0.1', userAgent: 'history/1' },
  })
  for (const event of [call, refusal, again, answer]) expect(event?.requestId).toBe('r-create')
  const refused = {
    operation: 'create',
    attempt: 1,
    upstreamName: 'told',
    outcome: 'FAILED',
    requestId: refusedId,
  }
  for (const event of [call, refusal]) {
    expect(event?.providerCall).toMatchObject({ ...refused, httpStatus: 429, code: '49001' })
  }
  const accepted = { operation: 'create', attempt: 2, outcome: 'SUCCEEDED', requestId: expect.any(String) }
  for (const event of [again, answer]) expect(event?.providerCall).toMatchObject(accepted)
  const deleted = events.filter((event) => objectIn(event, 'providerCall').operation === 'delete')
  expect(deleted).toHaveLength(2)

  for (const event of events) {
    const { providerCall, auditEntry, proof, ...entry } = event
    expect(await client.expect(200, `GET ${auditEntry}`)).toEqual(entry)
    expect(proof).toBe(`${auditEntry}/proof`)
  }
  expect(await client.all(`/audit-entries?target=${id}`, 'auditEntries')).toHaveLength(events.length)
})
