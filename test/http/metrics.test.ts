import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../src/metrics.ts'
import { eksCluster, type Harness, openHarness } from './harness.ts'

const version = '1.2.3'

/** The samples of a scrape, by their name and labels. */
async function scrape(harness: Harness): Promise<Map<string, number>> {
  const { status, headers, text } = await harness.send('GET /metrics', { key: null })
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}

describe('GET /metrics', () => {
  test('every line is in the text format that Prometheus reads', async () => {
    await using harness = await openHarness()
    await harness.makeCluster()
    const { text } = await harness.send('GET /metrics', { key: null })
    const sample = /^[a-z_]+(\{([a-z]+="[^"\\\n]*",?)+\})? [-+0-9.e]+$/
    const comment = /^# (HELP|TYPE) [a-z_]+ .+$/
    expect(
      text.split('\n').filter((line) => line !== '' && !sample.test(line) && !comment.test(line)),
    ).toEqual([])
  })

  test('requests, by route, method and class of status', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    for (const line of [
      `GET /clusters/${id}`,
      `GET /clusters/${id}`,
      'GET /clusters/nothing',
      'GET /nowhere/7',
    ]) {
      await harness.send(line)
    }
    const samples = await scrape(harness)
    const requests = (labels: string) =>
      samples.get(`clustergate_http_request_duration_seconds_count{${labels}}`)
    expect(requests('route="/clusters/{id}",method="GET",status="2xx"')).toBe(2)
    expect(requests('route="/clusters/{id}",method="GET",status="4xx"')).toBe(1)
    expect(requests('route="/clusters",method="POST",status="2xx"')).toBe(1)
    expect(requests('route="unmatched",method="GET",status="4xx"')).toBe(1)
    expect([...samples.keys()].filter((name) => name.includes(id) || name.includes('nowhere'))).toEqual([])
  })

  test('how long requests took, in buckets of which each holds those before it', async () => {
    await using holder = await openHarness()
    const metrics = createMetrics({
      version,
      store: holder.store,
      circuits: () => [],
      sequencer: () => 'working',
      ofProcess: false,
    })
    for (const durationMs of [0.5, 0.6, 3, 70_000]) metrics.request('/clusters', 'GET', 200, durationMs)
    await using harness = await openHarness({ metrics })
    const samples = await scrape(harness)
    const of = 'route="/clusters",method="GET",status="2xx"'
    const name = 'clustergate_http_request_duration_seconds'
    const upTo = (le: string) => samples.get(`${name}_bucket{le="${le}",${of}}`)
    expect(['0.0005', '0.001', '0.0025', '0.005', '60', '+Inf'].map(upTo)).toEqual([1, 2, 2, 3, 3, 4])
    expect(samples.get(`${name}_count{${of}}`)).toBe(4)
    expect(samples.get(`${name}_sum{${of}}`)).toBeCloseTo(70.0041)
  })

  test('clusters, by provider and state, and what is due', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster()
    await harness.makeCluster(eksCluster)
    await harness.settle(id)
    const samples = await scrape(harness)
    expect(samples.get('clustergate_clusters{provider="zilliz",state="READY"}')).toBe(1)
    expect(samples.get('clustergate_clusters{provider="zilliz",state="PENDING"}')).toBe(0)
    expect(samples.get('clustergate_clusters{provider="fireworks",state="PENDING"}')).toBe(1)
    expect(samples.get('clustergate_reconciler_queue{of="cluster",when="due"}')).toBe(1)
    expect(samples.get('clustergate_reconciler_queue{of="connection",when="scheduled"}')).toBe(2)
  })

  test('how long the oldest audit entry has waited for its place in the log', async () => {
    await using harness = await openHarness()
    const waited = async () => (await scrape(harness)).get('clustergate_audit_oldest_waiting_seconds')
    await harness.sequence()
    expect(await waited()).toBe(0)
    await harness.makeCluster()
    harness.clock.time += 90_000
    await harness.makeCluster({ name: 'another' })
    expect(await waited()).toBe(90)
    await harness.sequence()
    expect(await waited()).toBe(0)
  })

  test('commits, and how many changes shared one', async () => {
    await using harness = await openHarness()
    const before = await scrape(harness)
    await Promise.all(['one', 'two', 'three'].map((name) => harness.makeKey('viewer', name)))
    const after = await scrape(harness)
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    expect(grown('clustergate_store_commit_group_size_sum')).toBe(3)
    expect(grown('clustergate_store_commit_group_size_count')).toBe(1)
    expect(grown('clustergate_store_commit_duration_seconds_count')).toBe(1)
  })

  test('calls to providers, steps, circuits and the version', async () => {
    await using holder = await openHarness()
    const circuit = { since: 0, failures: 5, lastFailure: null }
    const circuits = () => [{ connectionId: 'con_1', state: 'open', ...circuit } as const]
    const sequencer = () => 'stopped' as const
    const metrics = createMetrics({ version, store: holder.store, circuits, sequencer, ofProcess: true })
    const call = { provider: 'zilliz', operation: 'listClusters', method: 'GET', requestId: null } as const
    const target = 'https://api.example/v2?token=nobody-sees-this'
    metrics.called({ ...call, target, status: 200, failure: null, durationMs: 30 })
    metrics.called({ ...call, target, status: null, failure: 'it broke', durationMs: 30 })
    metrics.stepped({ step: 'create', outcome: 'failed' })
    await using harness = await openHarness({ metrics })
    const samples = await scrape(harness)
    const calls =
      'clustergate_provider_call_duration_seconds_count{provider="zilliz",operation="listClusters"'
    expect(samples.get(`${calls},outcome="2xx"}`)).toBe(1)
    expect(samples.get(`${calls},outcome="none"}`)).toBe(1)
    expect(samples.get('clustergate_reconciler_steps_total{step="create",outcome="failed"}')).toBe(1)
    expect(samples.get('clustergate_circuit{connection="con_1",state="open"}')).toBe(1)
    expect(samples.get('clustergate_circuit{connection="con_1",state="closed"}')).toBe(0)
    expect(samples.get('clustergate_audit_sequencer{state="stopped"}')).toBe(1)
    expect(samples.get('clustergate_audit_sequencer{state="working"}')).toBe(0)
    expect(samples.get('clustergate_build_info{version="1.2.3"}')).toBe(1)
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(0)
    expect(samples.has('nodejs_eventloop_lag_p99_seconds')).toBe(true)
    expect([...samples.keys()].join()).not.toContain('nobody-sees-this')
  })

  test('names no team, no key, no cluster and no caller', async () => {
    await using harness = await openHarness()
    const id = await harness.makeCluster({ name: 'tell-nobody', team: 'secretive' })
    await harness.send('GET /clusters?team=secretive')
    await harness.send(`GET /clusters/${id}`)
    const { text } = await harness.send('GET /metrics', { key: null })
    for (const word of ['tell-nobody', 'secretive', id, 'cgk_', 'key_', 'zilliz-prod', 'admin of']) {
      expect(text).not.toContain(word)
    }
  })
})
