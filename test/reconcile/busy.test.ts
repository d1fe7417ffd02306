import { describe, expect, test } from 'vitest'
import { decideChange } from '../../src/http/cluster-change.ts'
import { adapters } from '../../src/providers/adapters.ts'
import {
  patchCluster,
  requestDelete,
  requestPowerChange,
  requestRetry,
} from '../../src/store/change-cluster.ts'
import { expectExplained } from './explained.ts'
import { asker, Bench } from './harness.ts'
import { arrange, verbs } from './verbs.ts'

const busy = { code: 'operation-in-progress', status: 409 }

describe.each(verbs.filter(({ kind }) => kind !== 'delete'))('while $kind runs at $provider', (verb) => {
  test('another change is refused, but for a delete, which takes over', async () => {
    await using bench = new Bench()
    const { ask } = await arrange(bench, verb)
    const id = await ask()
    await bench.settle(0)
    const who = { who: asker }
    const patch = patchCluster(bench.store, who, id, (row) => {
      const adapter = adapters[row.provider]
      if (!adapter) throw new Error(`there is no adapter for ${row.provider}`)
      const wanted = row.provider === 'zilliz' ? { name: 'other' } : { displayName: 'Other' }
      return decideChange(adapter, {}, row, wanted)
    })
    await expect(patch).rejects.toMatchObject(busy)
    await expect(requestPowerChange(bench.store, who, id, 'suspend')).rejects.toMatchObject(busy)
    await expect(requestRetry(bench.store, who, id)).rejects.toMatchObject({ code: 'wrong-state' })
    await requestDelete(bench.store, who, id)
    await bench.settle()
    expect(await bench.cluster(id)).toMatchObject({ state: 'DELETED', operation: { kind: 'delete' } })
    await expectExplained(bench)
  })
})

test('a second delete while one runs changes nothing', async () => {
  await using bench = new Bench()
  const connection = await bench.connect('fireworks')
  const id = await bench.create(connection, 'one')
  await bench.settle()
  await requestDelete(bench.store, { who: asker }, id)
  await bench.settle(0)
  const before = await bench.cluster(id)
  await requestDelete(bench.store, { who: asker }, id)
  expect(await bench.cluster(id)).toEqual(before)
})
