import { describe, expect, it } from 'vitest'
import { ZodError } from 'zod'
import { FaultBook } from '../../src/sandbox/faults.ts'

describe('FaultBook', () => {
  it('gives a fault to the named operation once, unless told how often', () => {
    const book = new FaultBook()
    book.add({ operation: 'create', fault: { kind: 'dropAfter' } })
    expect(book.take('describe')).toEqual([])
    expect(book.take('create')).toEqual([{ kind: 'dropAfter' }])
    expect(book.take('create')).toEqual([])
  })

  it('keeps a rule without a count until it is removed', () => {
    const book = new FaultBook()
    const rule = book.add({ operation: '*', fault: { kind: 'html' }, times: null })
    book.take('create')
    expect(book.take('describe')).toHaveLength(1)
    expect(book.remove(rule.id)).toBe(true)
    expect(book.remove(rule.id)).toBe(false)
    expect(book.take('describe')).toEqual([])
  })

  it('befalls only clusters whose name or id contains the match', () => {
    const book = new FaultBook()
    book.add({ operation: 'describe', fault: { kind: 'html' }, match: 'search', times: null })
    expect(book.take('describe', ['orders', 'in05-1'])).toEqual([])
    expect(book.take('describe', ['search-index', 'in05-2'])).toHaveLength(1)
    expect(book.take('describe')).toEqual([])
  })

  it('uses up one ending a call, so that several happen one after the other', () => {
    const book = new FaultBook()
    book.add({ operation: 'create', fault: { kind: 'status', status: 503 } })
    book.add({ operation: 'create', fault: { kind: 'dropAfter' } })
    book.add({ operation: 'create', fault: { kind: 'latency', ms: 5 } })
    expect(book.take('create').map((fault) => fault.kind)).toEqual(['status', 'latency'])
    expect(book.take('create').map((fault) => fault.kind)).toEqual(['dropAfter'])
  })

  it('leaves alone what could do nothing to the call', () => {
    const book = new FaultBook()
    book.add({ operation: '*', fault: { kind: 'stuck' } })
    expect(book.take('list', '', (fault) => fault.kind !== 'stuck')).toEqual([])
    expect(book.take('create')).toEqual([{ kind: 'stuck' }])
  })

  it('replaces a rule that has the same id', () => {
    const book = new FaultBook()
    book.add({ id: 'mine', operation: 'create', fault: { kind: 'hang' } })
    book.add({ id: 'mine', operation: 'create', fault: { kind: 'html' } })
    expect(book.list()).toEqual([{ id: 'mine', operation: 'create', fault: { kind: 'html' }, times: 1 }])
  })

  it('refuses a rule that is not well-formed', () => {
    const book = new FaultBook()
    const fault = JSON.parse('{ "kind": "earthquake" }')
    expect(() => book.add({ operation: 'create', fault })).toThrow(ZodError)
    expect(() => book.add({ operation: 'create', fault: { kind: 'hang' }, times: 0 })).toThrow(ZodError)
  })
})
