import { describe, expect, it } from 'vitest'
import type { ProviderFailure } from '../../src/cluster/failure.ts'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import { apiKey, clusterJson, type Reply, startUpstream, wantedEks } from './fireworks-upstream.ts'

async function refusedCreate(reply: Reply): Promise<ProviderFailure> {
  await using upstream = await startUpstream([reply])
  return await fireworks.create(upstream.account, wantedEks).then(
    () => expect.unreachable('the create was to fail'),
    (failure: ProviderFailure) => failure,
  )
}

/** Number, name, HTTP status, and what each means for a create. */
const codes = [
  [0, 'OK', 500, 'unavailable', 'unknown', true],
  [1, 'CANCELLED', 499, 'unavailable', 'unknown', true],
  [2, 'UNKNOWN', 500, 'unavailable', 'unknown', true],
  [3, 'INVALID_ARGUMENT', 400, 'invalid', 'no', false],
  [4, 'DEADLINE_EXCEEDED', 504, 'unavailable', 'unknown', true],
  [5, 'NOT_FOUND', 404, 'unsupported', 'no', false],
  [6, 'ALREADY_EXISTS', 409, 'name-taken', 'no', false],
  [7, 'PERMISSION_DENIED', 403, 'unsupported', 'no', false],
  [8, 'RESOURCE_EXHAUSTED', 429, 'rate-limited', 'no', true],
  [9, 'FAILED_PRECONDITION', 400, 'wrong-state', 'no', false],
  [10, 'ABORTED', 409, 'wrong-state', 'no', true],
  [11, 'OUT_OF_RANGE', 400, 'invalid', 'no', false],
  [12, 'UNIMPLEMENTED', 501, 'unsupported', 'no', false],
  [13, 'INTERNAL', 500, 'unavailable', 'unknown', true],
  [14, 'UNAVAILABLE', 503, 'unavailable', 'unknown', true],
  [15, 'DATA_LOSS', 500, 'unavailable', 'unknown', false],
  [16, 'UNAUTHENTICATED', 401, 'unauthenticated', 'no', false],
] as const

describe('the code in the body', () => {
  describe.each(codes)('%i %s', (number, name, status, kind, applied, retryable) => {
    it.each([
      ['as a number', { code: number, message: 'said so', details: [] }],
      ['as a name', { code: name, message: 'said so' }],
      ['inside an error object', { error: { code: number, message: 'said so' } }],
    ])('means the same %s', async (_, json) => {
      const failure = await refusedCreate({ status, json })
      expect(failure).toMatchObject({ kind, applied, retryable, httpStatus: status, code: name })
      expect(failure.message).toContain('said so')
    })
  })

  it('counts before the HTTP status', async () => {
    const failure = await refusedCreate({ status: 500, json: { code: 3, message: 'bad region' } })
    expect(failure).toMatchObject({ kind: 'invalid', applied: 'no', retryable: false })
  })

  it('counts inside a 200', async () => {
    const failure = await refusedCreate({ status: 200, json: { code: 6, message: 'cluster exists' } })
    expect(failure).toMatchObject({ kind: 'name-taken', code: 'ALREADY_EXISTS', httpStatus: 200 })
  })

  it('is kept as it came when it is none that we know', async () => {
    const json = { code: 'PRECONDITION_FAILED', message: 'account suspended' }
    const failure = await refusedCreate({ status: 412, json })
    expect(failure).toMatchObject({ kind: 'quota', retryable: false, code: 'PRECONDITION_FAILED' })
  })
})

describe('the HTTP status, where the body has no code', () => {
  it.each([
    [302, 'protocol', 'no', false],
    [400, 'invalid', 'no', false],
    [401, 'unauthenticated', 'no', false],
    [402, 'quota', 'no', false],
    [405, 'unsupported', 'no', false],
    [408, 'unavailable', 'unknown', true],
    [409, 'name-taken', 'no', false],
    [412, 'quota', 'no', false],
    [422, 'invalid', 'no', false],
    [429, 'rate-limited', 'no', true],
    [499, 'unavailable', 'unknown', true],
    [500, 'unavailable', 'unknown', true],
    [503, 'unavailable', 'unknown', true],
    [504, 'unavailable', 'unknown', true],
    [520, 'unavailable', 'unknown', true],
  ] as const)('%i means %s', async (status, kind, applied, retryable) => {
    const failure = await refusedCreate({ status, json: { error: 'said so' } })
    expect(failure).toMatchObject({ kind, applied, retryable, httpStatus: status, code: null })
    expect(failure.message).toContain('said so')
  })

  it('tells of a conflict with a cluster that is there as of a passing state', async () => {
    const conflict = { status: 409, json: { error: 'in transition' } }
    await using upstream = await startUpstream([conflict, { json: clusterJson('ranker') }])
    const removal = fireworks.delete(upstream.account, 'ranker')
    await expect(removal).rejects.toMatchObject({ kind: 'wrong-state', retryable: true })
  })

  it('takes an HTML page for a page of whoever is on the way, not for a word on the account', async () => {
    const page = '<!doctype html><title>Not here</title>'
    const lost = await refusedCreate({ status: 404, text: page })
    expect(lost).toMatchObject({ kind: 'protocol', applied: 'no', retryable: true, message: 'Not here' })
    const closed = await refusedCreate({ status: 403, text: page })
    expect(closed).toMatchObject({ kind: 'forbidden', retryable: false })
  })
})

describe('RESOURCE_EXHAUSTED', () => {
  it.each([
    ['a wait is told', 429, { 'retry-after': '7' }, 'quota exceeded', 'rate-limited', 7000],
    ['the words are about pace', 429, {}, 'Rate limit reached: requests per minute', 'rate-limited', null],
    ['nothing tells', 429, {}, '', 'rate-limited', null],
    ['the words are about room', 429, {}, 'cluster quota exceeded', 'quota', null],
    ['the words are about money', 429, {}, 'monthly spend limit reached', 'quota', null],
    ['the HTTP status is 403', 403, {}, 'no room left', 'quota', null],
  ] as const)('when %s', async (_, status, headers, message, kind, retryAfterMs) => {
    const failure = await refusedCreate({ status, headers, json: { code: 8, message } })
    expect(failure).toMatchObject({ kind, applied: 'no', retryable: kind === 'rate-limited', retryAfterMs })
  })

  it('may be hidden in a 403 that is about a quota', async () => {
    const failure = await refusedCreate({
      status: 403,
      json: { code: 7, message: 'Quota exceeded for clusters' },
    })
    expect(failure).toMatchObject({ kind: 'quota', retryable: false })
  })

  it('is not read out of the name of a cluster', async () => {
    const json = { code: 9, message: 'cluster "quota" in accounts/acme/clusters/budget has deployments' }
    expect(await refusedCreate({ status: 400, json })).toMatchObject({ kind: 'wrong-state' })
  })
})

describe('what a failure says', () => {
  it.each([
    [
      'an empty message',
      { code: 7, message: '' },
      403,
      'Fireworks answered 403 PERMISSION_DENIED and gave no reason.',
    ],
    ['no message', { code: 13 }, 500, 'Fireworks answered 500 INTERNAL and gave no reason.'],
    ['an empty object', {}, 503, 'Fireworks answered 503 and gave no reason.'],
    ['a message within', { error: { message: 'try later' } }, 503, 'try later'],
    ['a text for an error', { error: 'Too Many Requests', message: 'slow down' }, 429, 'slow down'],
  ])('for %s', async (_, json, status, message) => {
    await using upstream = await startUpstream([{ status, json }])
    await expect(fireworks.observe(upstream.account, 'ranker')).rejects.toMatchObject({ message })
  })

  it.each([
    ['x-request-id', 'r-1'],
    ['x-fireworks-request-id', 'f-2'],
    ['cf-ray', '9a1b2c3d-FRA'],
  ])('names the request by its %s', async (header, id) => {
    const reply = { status: 400, json: { code: 3, message: 'no' }, headers: { [header]: id } }
    expect(await refusedCreate(reply)).toMatchObject({ requestId: id })
  })

  it('never holds a key, ours or any other of Fireworks', async () => {
    const message = `key ${apiKey} is not fw_OtherKey_00000-0000`
    const failure = await refusedCreate({ status: 401, json: { code: 16, message } })
    expect(failure.message).toBe('key [redacted] is not [redacted]')
    expect(JSON.stringify(failure)).not.toContain('fw_')
  })
})

describe('a read', () => {
  it('changes nothing, whatever its answer', async () => {
    await using upstream = await startUpstream([{ status: 500, json: { code: 13, message: 'oops' } }])
    const observed = fireworks.observe(upstream.account, 'ranker')
    await expect(observed).rejects.toMatchObject({ kind: 'unavailable', applied: 'no', retryable: true })
  })
})
