import { describe, expect, it } from 'vitest'
import { RequestLog } from '../../src/sandbox/request-log.ts'

const call = (operation: string) => ({ operation, time: '', method: 'GET', path: '/', requestId: operation })

describe('RequestLog', () => {
  it('keeps only the latest', () => {
    const log = new RequestLog(2)
    for (const name of ['a', 'b', 'c']) log.arrive(call(name))
    expect(log.list().map((entry) => entry.operation)).toEqual(['b', 'c'])
  })

  it('shows a call as pending until its outcome is known', () => {
    const log = new RequestLog()
    const entry = log.arrive(call('a'))
    expect(log.list()[0]?.status).toBe('pending')
    log.finish(entry, 'dropped')
    expect(log.list()[0]?.status).toBe('dropped')
  })

  it('wakes whoever waits for an arrival or an outcome', async () => {
    const log = new RequestLog()
    const arrival = log.waitFor((entry) => entry.operation === 'b')
    const outcome = log.waitFor((entry) => entry.status === 200)
    log.finish(log.arrive(call('a')), 404)
    log.finish(log.arrive(call('b')), 200)
    expect(await arrival).toMatchObject({ operation: 'b', status: 'pending' })
    expect(await outcome).toMatchObject({ operation: 'b', status: 200 })
    expect(await log.waitFor((entry) => entry.operation === 'a')).toMatchObject({ status: 404 })
  })
})
