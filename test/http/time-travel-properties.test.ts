import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesBetween, isJsonObject, type Json, type JsonObject } from '../../src/cluster/json.ts'
import { brokenVersions } from '../store/version-chain.ts'
import { type Harness, openHarness } from './harness.ts'

/*
 * Whatever is done to clusters, in whatever order and however close together: what the list showed at an instant is what
 * it says later of that instant, and the difference of two is that of what was shown.
 */

const teams = ['search', 'ml']
const at = fc.nat(5)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant('create' as const), team: fc.nat(1), at }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('label' as const), at, value: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('rename' as const), at, value: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('settle' as const), at }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('delete' as const), at }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('deleted' as const), at }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('release' as const), at }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('import' as const), at, team: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('observed' as const), at }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
const steps = fc.array(fc.tuple(step, fc.constantFrom(0, 1, 1000, 86_400_000)), {
  minLength: 4,
  maxLength: 24,
})

async function take(harness: Harness, ids: string[], given: Step, count: number): Promise<void> {
  const id = ids[given.at % Math.max(ids.length, 1)]
  if (given.act === 'create') {
    ids.push(await harness.makeCluster({ name: `c${count}`, team: teams[given.team], labels: { n: 'new' } }))
    return
  }
  if (id === undefined) return
  const patch = (body: object) =>
    harness.send(`PATCH /clusters/${id}`, {
      body,
      headers: { 'content-type': 'application/merge-patch+json' },
    })
  switch (given.act) {
    case 'label':
      await patch({ labels: { n: `${given.value}` } })
      return
    case 'rename':
      await patch({ displayName: `Name ${given.value}` })
      return
    case 'settle':
      await harness.settle(id)
      return
    case 'delete':
      await harness.send(`DELETE /clusters/${id}`)
      return
    case 'deleted':
      await harness.change(id, { state: 'DELETED', deleteTime: harness.clock.time, dueTime: null })
      return
    case 'release':
      await harness.send(`POST /clusters/${id}/release`)
      return
    case 'import':
      await harness.send('POST /clusters/import', {
        body: {
          connection: 'zilliz-prod',
          team: teams[given.team],
          externalIds: [`in05-${id.slice(-12)}`],
        },
      })
      return
    case 'observed':
      await harness.change(id, { observedTime: harness.clock.time, observedVia: 'poll' })
  }
}

/** What a version keeps of a document. */
function kept(document: JsonObject): JsonObject {
  const { operation } = document
  const untimed = isJsonObject(operation) ? { ...operation, nextAttemptTime: null } : null
  return { ...document, observedTime: null, observedVia: null, operation: untimed }
}

async function listOf(harness: Harness, query: Record<string, string>, name = 'clusters') {
  const things: JsonObject[] = []
  const path = name === 'diffs' ? '/clusters/diff' : '/clusters'
  for (let token = ''; ; ) {
    const parameters = new URLSearchParams({ ...query, pageSize: '3', ...(token && { pageToken: token }) })
    const { status, json, text } = await harness.send(`GET ${path}?${parameters}`)
    expect([status, text]).toEqual([200, text])
    things.push(...(json[name] as JsonObject[]))
    if (json.nextPageToken === undefined) return things
    token = String(json.nextPageToken)
  }
}

interface Moment {
  time: string
  clusters: JsonObject[]
}

function differences(before: JsonObject[], after: JsonObject[]): Record<string, Json> {
  const known = new Map(before.map((cluster) => [cluster.id, cluster]))
  const found = after.flatMap((cluster) => {
    const former = known.get(cluster.id ?? '')
    if (former && former.etag === cluster.etag) return []
    const gone = cluster.state === 'DELETED' && former?.state !== 'DELETED'
    const change = gone ? 'DELETED' : former ? 'CHANGED' : 'CREATED'
    const untimed = (document: JsonObject): Json => ({ ...document, etag: null, updateTime: null })
    const changes = former ? changesBetween(untimed(former), untimed(cluster)) : []
    return [[String(cluster.id), { change, cluster, changes: changes.map((each) => ({ ...each })) }] as const]
  })
  return Object.fromEntries(found)
}

test('the past is answered as it was shown when it was the present, and so is what came between', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom('createTime', 'createTime desc'), async (given, orderBy) => {
      await using harness = await openHarness()
      const ids: string[] = []
      const moments = new Map<number, Moment>()
      for (const [i, [each, pauseMs]] of given.entries()) {
        await take(harness, ids, each, i)
        const clusters = (await listOf(harness, { orderBy })).map(kept)
        const time = new Date(harness.clock.time).toISOString()
        moments.set(harness.clock.time, { time, clusters })
        harness.clock.time += pauseMs
      }
      harness.clock.time += 3_600_000
      expect(await brokenVersions(harness.store, 'allowed')).toEqual([])
      const known = [...moments.values()]
      for (const { time, clusters } of known) {
        expect(await listOf(harness, { asOf: time, orderBy })).toEqual(clusters)
        const ofTeam = clusters.filter(({ team }) => team === 'ml')
        expect(await listOf(harness, { asOf: time, orderBy, team: 'ml' })).toEqual(ofTeam)
        const filtered = clusters.filter(({ labels }) => isJsonObject(labels) && labels.n !== 'new')
        expect(await listOf(harness, { asOf: time, orderBy, filter: 'labels.n != "new"' })).toEqual(filtered)
        for (const cluster of clusters) {
          const { json } = await harness.send(`GET /clusters/${cluster.id}?asOf=${time}`)
          expect(json).toEqual(cluster)
        }
        const { json } = await harness.send(`GET /clusters/summary?groupBy=team&asOf=${time}`)
        expect(json.totalSize).toBe(clusters.length)
      }
      for (const [i, before] of known.entries()) {
        for (const after of known.slice(i)) {
          const diffs = await listOf(harness, { from: before.time, to: after.time }, 'diffs')
          const bare = diffs.map(({ cluster, change, changes }) => ({ cluster, change, changes }))
          const byId = Object.fromEntries(
            bare.map((diff) => [isJsonObject(diff.cluster) ? diff.cluster.id : '', diff]),
          )
          expect(byId).toEqual(differences(before.clusters, after.clusters))
          expect(diffs).toHaveLength(Object.keys(byId).length)
        }
      }
    }),
    { numRuns: Number(process.env.TIME_TRAVEL_RUNS ?? 12) },
  )
})
