import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expireApprovals } from '../../src/store/approvals.ts'
import type { ClusterRow, NewClusterRow } from '../../src/store/cluster-rows.ts'
import { countUsage, readUsage } from '../../src/store/usage.ts'
import { type Harness, openHarness } from '../http/harness.ts'
import { dedicated, putPolicy } from '../http/policy-harness.ts'

const teams = ['search', 'ml'] as const
const quotas = { clusters: 4, cu: 20 }

/** One request or one thing that the reconciler writes; on the cluster of a number, where there is such a one. */
type Step = { what: keyof typeof steps; which: number; size: number }

const ends: Partial<NewClusterRow>[] = [
  {},
  { state: 'FAILED', operationStatus: 'FAILED', externalId: null },
  {
    state: 'FAILED',
    operationStatus: 'FAILED',
    externalId: null,
    work: { requestId: 'r', createUnknown: true },
  },
  {},
  { state: 'FAILED', operationStatus: 'FAILED' },
  { state: 'SUSPENDED' },
  { state: 'DELETED' },
  { state: 'MISSING' },
]

const steps = {
  create: (harness: Harness, _id: string, { which, size }: Step) => {
    const body = { ...dedicated({ cuSize: size }), name: `c-${which}-${size}`, team: teams[which % 2] }
    return harness.send('POST /clusters', { body })
  },
  serverless: (harness: Harness, _id: string, { which, size }: Step) => {
    const { projectId } = dedicated().spec
    const body = {
      ...dedicated(),
      spec: { plan: 'SERVERLESS', projectId },
      name: `s-${size}`,
      team: teams[which % 2],
    }
    return harness.send('POST /clusters', { body })
  },
  resize: (harness: Harness, id: string, { size }: Step) =>
    harness.send(`PATCH /clusters/${id}`, { body: { spec: { cuSize: size } } }),
  scale: (harness: Harness, id: string, { size }: Step) =>
    harness.send(`PATCH /clusters/${id}`, {
      body: { spec: { cuSize: null, autoscaling: { cu: { min: 1, max: size } } } },
    }),
  settle: (harness: Harness, id: string, { which }: Step) => harness.settle(id, ends[which % ends.length]),
  drift: (harness: Harness, id: string, { size }: Step) =>
    harness.change(id, { spec: dedicated({ cuSize: size }).spec }),
  delete: (harness: Harness, id: string) => harness.send(`DELETE /clusters/${id}`),
  resume: (harness: Harness, id: string) => harness.send(`POST /clusters/${id}/resume`),
  retry: (harness: Harness, id: string) => harness.send(`POST /clusters/${id}/retry`),
  release: (harness: Harness, id: string) => harness.send(`POST /clusters/${id}/release`),
  import: (harness: Harness, id: string, { which }: Step) => {
    const externalIds = [`in05-${id.slice(-12)}`]
    const body = { connection: 'zilliz-prod', team: teams[which % 2], externalIds }
    return harness.send('POST /clusters/import', { body })
  },
  approve: async (harness: Harness, id: string) =>
    harness.send(`POST /clusters/${id}/approve`, { key: await harness.makeKey('admin', '*') }),
  reject: async (harness: Harness, id: string) => {
    const key = await harness.makeKey('admin', '*')
    return harness.send(`POST /clusters/${id}/reject`, { key, body: { reason: 'no' } })
  },
  expire: async (harness: Harness) => {
    harness.clock.time += 61_000
    await expireApprovals(harness.store)
  },
}

/** The state in which a step has a point: it is taken by a cluster in it, where there is one. */
const pointsIn: Partial<Record<keyof typeof steps, (row: ClusterRow) => boolean>> = {
  resize: ({ state }) => state === 'READY',
  scale: ({ state }) => state === 'READY',
  resume: ({ state }) => state === 'SUSPENDED',
  retry: ({ operationStatus }) => operationStatus === 'FAILED',
  import: ({ management }) => management === 'UNMANAGED',
  approve: ({ state }) => state === 'PENDING_APPROVAL',
  reject: ({ state }) => state === 'PENDING_APPROVAL',
  settle: ({ state, operationStatus }) => state !== 'PENDING_APPROVAL' && operationStatus === 'PENDING',
}

async function targetOf(harness: Harness, { what, which }: Step): Promise<string> {
  const rows = await harness.store.reader.db.select().from(harness.store.reader.tables.clusters)
  const fitting = rows.filter(pointsIn[what] ?? (() => true))
  const among = fitting.length > 0 ? fitting : rows
  return among[which % Math.max(1, among.length)]?.id ?? 'none'
}

const names = Object.keys(steps) as (keyof typeof steps)[]
const history = fc.array(
  fc.record({
    what: fc.oneof(fc.constantFrom(...names), fc.constantFrom('create' as const, 'settle' as const)),
    which: fc.nat({ max: 20 }),
    size: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 20, maxLength: 50, size: 'max' },
)

async function usage(harness: Harness, team: string) {
  const kept = await readUsage(harness.store.reader, team)
  return Object.fromEntries(Object.entries(kept).filter(([, amount]) => amount !== 0))
}

test('whatever becomes of clusters, what each team holds is what its clusters add up to', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(history, async (all) => {
      await using harness = await openHarness()
      const approval = { above: { cu: 10 }, role: 'admin', expireSeconds: 60 } as const
      for (const team of teams) await putPolicy(harness, { quotas, approval }, team)
      for (const step of all) {
        const id = await targetOf(harness, step)
        if (id === 'none' && !['create', 'serverless', 'expire'].includes(step.what)) continue
        const answer = await steps[step.what](harness, id, step)
        if (answer) seen.add(`${step.what} ${answer.status}`)
        const counted = await countUsage(harness.store, harness.store.reader)
        for (const team of teams) {
          expect(await usage(harness, team), JSON.stringify(step)).toEqual(
            Object.fromEntries(Object.entries(counted.get(team) ?? {}).filter(([, n]) => n !== 0)),
          )
          if (answer?.status === 202 && step.what === 'create') {
            expect((await usage(harness, teams[step.which % 2] ?? '')).cu).toBeLessThanOrEqual(quotas.cu)
          }
        }
      }
    }),
    { numRuns: 12, seed: 20260301 },
  )
  // The histories were worth the name.
  const met = [
    'create 202',
    'create 403',
    'resize 202',
    'delete 202',
    'retry 202',
    'approve 202',
    'reject 200',
  ]
  expect([...seen]).toEqual(expect.arrayContaining(met))
})
