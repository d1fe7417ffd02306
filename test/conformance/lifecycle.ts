import { describe, expect, it } from 'vitest'
import type { Observed } from '../../src/cluster/provider.ts'
import type { Emulator } from '../../src/sandbox/server.ts'
import { Bench, failureOf } from './bench.ts'
import type { Candidate } from './candidate.ts'

/** A cluster's life from the wish to its end. */
export function lifecycle(candidate: Candidate, wrap?: (emulator: Emulator) => Emulator): void {
  const open = () => Bench.open(candidate, wrap ? { wrap } : {})

  describe('a life', () => {
    beginning(open)
    beingThere(open)
    suspending(candidate, open)
    ending(open)
  })
}

type Open = () => Promise<Bench>

function beginning(open: Open): void {
  it('begins with a key that opens an account, and what there is to choose from', async () => {
    await using bench = await open()
    const { adapter, account, wanted } = bench
    await expect(adapter.verify(account)).resolves.toHaveProperty('account')
    const { regions, projects } = await adapter.directory(account)
    expect(regions !== null).toBe(adapter.capabilities.regions)
    expect(projects !== null).toBe(adapter.capabilities.projects)
    if (regions) expect(regions.map(({ regionId }) => regionId)).toContain(wanted.region)
    expect(bench.changingCalls()).toBe(0)
  })

  it('is found by its name as soon as it was asked for, and not before', async () => {
    await using bench = await open()
    const { adapter, account, wanted } = bench
    expect((await adapter.find(account, wanted)).found).toEqual([])
    const created = await adapter.create(account, wanted)
    expect(created.credentials !== null).toBe(adapter.capabilities.credentials)
    const { found, providerTime } = await adapter.find(account, wanted)
    expect(found).toMatchObject([{ externalId: created.externalId, name: wanted.name, state: 'CREATING' }])
    expect(found.map((observed) => adapter.matches(wanted, observed))).toEqual([true])
    expect(found[0]?.scope).toBe(adapter.scopeOf(wanted.spec))
    expect(providerTime === null || Number.isFinite(providerTime)).toBe(true)
    if (created.observed) expect(created.observed).toMatchObject({ externalId: created.externalId })
  })

  it('goes from CREATING to READY, with everything that was asked for', async () => {
    await using bench = await open()
    const { adapter, account, wanted } = bench
    const { externalId } = await adapter.create(account, wanted)
    const young = await bench.observe(externalId)
    expect(young).toMatchObject({ externalId, state: 'CREATING' })
    expect(await adapter.access(account, young)).toBeNull()
    bench.settle()
    const grown = await bench.observe(externalId)
    const { name, region, spec } = wanted
    expect(grown).toMatchObject({ externalId, name, region, spec, state: 'READY', stateReason: null })
    expect(grown.createTime).toBeTypeOf('number')
    bench.sandbox.requests.clear()
    const access = await adapter.access(account, grown)
    const asked = bench.candidate.operations.access
    expect(bench.sandbox.requests.list().map(({ operation }) => operation)).toEqual(
      asked === null ? [] : [asked],
    )
    expect(access?.endpoint).toMatch(/^https:\/\//)
    expect(access?.caData !== undefined).toBe(adapter.capabilities.kubeconfig)
  })
}

function beingThere(open: Open): void {
  it('is in the list as it is by itself', async () => {
    await using bench = await open()
    expect(await bench.listAll()).toEqual([])
    const { externalId, name, scope, state, providerState } = await bench.ready()
    expect(await bench.listAll()).toMatchObject([{ externalId, name, scope, state, providerState }])
  })

  it('changes step by step, one call each, until nothing is left to do', async () => {
    await using bench = await open()
    const steps = await updateToTheEnd(bench, await bench.ready())
    expect(new Set(steps).size).toBe(steps.length)
    expect(steps).not.toEqual([])
  })
}

function ending(open: Open): void {
  it('can be deleted, and again, until there is nothing', async () => {
    await using bench = await open()
    const { adapter, account, wanted } = bench
    const { externalId } = await bench.ready()
    await adapter.delete(account, externalId)
    const leaving = await adapter.observe(account, externalId)
    expect([undefined, 'DELETING']).toContain(leaving?.state)
    bench.settle()
    expect(await adapter.observe(account, externalId)).toBeNull()
    await adapter.delete(account, externalId)
    expect(await bench.listAll()).toEqual([])
    expect((await adapter.find(account, wanted)).found).toEqual([])
  })

  it('can be deleted while it is being created', async () => {
    await using bench = await open()
    const { adapter, account, wanted } = bench
    const { externalId } = await adapter.create(account, wanted)
    await adapter.delete(account, externalId)
    bench.settle()
    expect(await adapter.observe(account, externalId)).toBeNull()
  })

  it('that has ended elsewhere is plainly not there', async () => {
    await using bench = await open()
    const { adapter, account, wanted } = bench
    const cluster = await bench.ready()
    expect(bench.sandbox.removeCluster(cluster.externalId)).toBe(true)
    expect(await adapter.observe(account, cluster.externalId)).toBeNull()
    expect((await adapter.find(account, wanted)).found).toEqual([])
    await adapter.delete(account, cluster.externalId)
    const change = bench.candidate.updates[0]?.change ?? {}
    const failure = await failureOf(adapter.update(account, cluster, change, []))
    expect(failure).toMatchObject({ kind: 'not-found', applied: 'no', retryable: false })
  })
}

async function updateToTheEnd(bench: Bench, cluster: Observed): Promise<string[]> {
  const { adapter, account, candidate } = bench
  const done: string[] = []
  for (let observed = cluster; ; observed = await bench.observe(cluster.externalId)) {
    bench.sandbox.requests.clear()
    const { step } = await adapter.update(account, observed, candidate.change, done)
    expect(bench.changingCalls()).toBe(step === null ? 0 : 1)
    if (step === null) {
      expect(observed).toMatchObject({ ...candidate.changed, externalId: cluster.externalId, state: 'READY' })
      return done
    }
    expect(done).not.toContain(step)
    done.push(step)
    bench.settle()
  }
}

function suspending({ operations, unsupported }: Candidate, open: Open): void {
  if (unsupported.includes('suspend')) {
    it('cannot be suspended or resumed: both are refused and change nothing', async () => {
      await using bench = await open()
      const { adapter, account } = bench
      const { externalId } = await bench.ready()
      const before = bench.world()
      for (const verb of ['suspend', 'resume'] as const) {
        const failure = await failureOf(adapter[verb](account, externalId))
        expect(failure).toMatchObject({ kind: 'unsupported', applied: 'no', retryable: false })
      }
      expect(bench.world()).toBe(before)
    })
    return
  }

  it('can be suspended and resumed, and not twice over', async () => {
    await using bench = await open()
    const { adapter, account } = bench
    expect([operations.suspend, operations.resume]).not.toContain(null)
    const { externalId } = await bench.ready()
    const wrong = { kind: 'wrong-state', applied: 'no' }
    expect(await failureOf(adapter.resume(account, externalId))).toMatchObject(wrong)
    await adapter.suspend(account, externalId)
    expect((await bench.observe(externalId)).state).toBe('SUSPENDING')
    expect(await failureOf(adapter.suspend(account, externalId))).toMatchObject(wrong)
    bench.settle()
    expect((await bench.observe(externalId)).state).toBe('SUSPENDED')
    await adapter.resume(account, externalId)
    expect((await bench.observe(externalId)).state).toBe('RESUMING')
    bench.settle()
    expect((await bench.observe(externalId)).state).toBe('READY')
  })
}
