import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { Sequencer } from '../../src/sequence/sequencer.ts'
import { isQueueEmpty } from '../../src/store/sequence-audit.ts'
import { MasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'
import { dayMs, LogFixture } from '../audit/log-fixture.ts'

describe('a running sequencer', () => {
  test('gives what is written its place, unasked', async () => {
    await using log = await LogFixture.open()
    const sequencer = log.sequencer()
    const running = sequencer.run()
    for (let round = 0; round < 3; round++) {
      const sequenced = once(log.store.events, 'sequenced')
      await log.write()
      await sequenced
      expect(await isQueueEmpty(log.store)).toBe(true)
    }
    sequencer.stop()
    await running
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 3 })
  })

  test('leaves nothing waiting when it stops', async () => {
    await using log = await LogFixture.open()
    const sequencer = log.sequencer()
    const running = sequencer.run()
    await Promise.all(Array.from({ length: 300 }, () => log.write()))
    sequencer.stop()
    await running
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 300, waiting: 0 })
  })

  test('prunes what retention lets go', async () => {
    await using log = await LogFixture.open()
    const batched = once(log.store.events, 'sequenced')
    await log.batch(3)
    await batched
    log.clock.time += 2 * dayMs
    const sequencer = log.sequencer(dayMs)
    const sequenced = once(log.store.events, 'sequenced')
    const running = sequencer.run()
    await sequenced
    sequencer.stop()
    await running
    expect(await log.verify()).toMatchObject({ ok: true, pruned: 3, entries: 1 })
  })

  test('that cannot open the signing key says so, stops no writer, and what waits is not lost', async () => {
    await using log = await LogFixture.open()
    const lines: string[] = []
    const told = Promise.withResolvers<void>()
    const stream = {
      write(line: string) {
        lines.push(line)
        told.resolve()
      },
    }
    const sequencer = new Sequencer({
      store: log.store,
      vault: createVault({ current: new MasterKey(Uint8Array.from(randomBytes(32))), former: [] }),
      clock: log.clock,
      log: pino({ level: 'error' }, stream),
      retentionMs: null,
    })
    await log.write()
    const running = sequencer.run()
    await told.promise
    await log.write()
    sequencer.stop()
    await running
    expect(lines[0]).toContain('could not be brought up to date')
    await log.sequencer().sequence()
    expect(await log.verify()).toMatchObject({ ok: true, treeSize: 2 })
  })
})
