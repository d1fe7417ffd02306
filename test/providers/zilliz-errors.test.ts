import { describe, expect, test } from 'vitest'
import type { FailureKind } from '../../src/cluster/failure.ts'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import type { Answer } from './scripted-upstream.ts'
import { apiKey, badGateway, dedicatedId, failureOf, openZilliz, refusal, wanted } from './zilliz-account.ts'

async function failedCreate(answer: Answer, options = {}) {
  await using cloud = await openZilliz(() => answer, options)
  const failure = await failureOf(zilliz.create(cloud.account, wanted()))
  expect(cloud.arrived).toHaveLength(1)
  return failure
}

async function failedSuspend(answer: Answer) {
  await using cloud = await openZilliz(() => answer)
  return await failureOf(zilliz.suspend(cloud.account, dedicatedId))
}

const kinds: [FailureKind, number[]][] = [
  ['unauthenticated', [21119, 80001, 80002, 1800]],
  ['forbidden', [96012, 96013, 96014, 96015, 96016, 96027, 40022, 80020]],
  ['not-found', [404, 96018, 40021, 90102]],
  ['name-taken', [40013, 96017, 80010]],
  ['wrong-state', [40003]],
  ['quota', [80007, 80008]],
  ['unsupported', [96019, 96020, 96021, 96022, 96028, 80021, 80022, 80025]],
  ['rate-limited', [429]],
  ['unavailable', [96024, 96038, 96039, 96040]],
  ['invalid', [400, 63104, 63032, 96000, 96001, 96002, 96003, 96004, 96005, 96006, 96007, 96008, 96009]],
  [
    'invalid',
    [96010, 96011, 96023, 96025, 96026, 96029, 96030, 96031, 96032, 96033, 96034, 96035, 96036, 96037],
  ],
  ['invalid', [80000, 80003, 80004, 80005, 80006, 80009, 80011, 80012, 80013, 80014, 80015, 80016]],
  ['invalid', [90103, 90104, 90117, 90144]],
  ['invalid', [47005, 47035, 47036, 47039, 47053, 47055, 83001, 83004, 10003]],
]
const catalogue = kinds.flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const))

describe('every code of the catalogue, inside a 200, is the failure that it means', () => {
  const transient: FailureKind[] = ['rate-limited', 'unavailable', 'wrong-state']
  test.each(catalogue)('%i: %s', async (code, kind) => {
    expect(await failedSuspend(refusal(code))).toMatchObject({
      kind,
      applied: kind === 'unavailable' ? 'unknown' : 'no',
      retryable: transient.includes(kind),
      code: String(code),
      httpStatus: 200,
      message: 'No.',
    })
  })

  test('a project that a create does not find is no missing cluster', async () => {
    expect(await failedCreate(refusal(404, 'project not found', 404))).toMatchObject({
      kind: 'invalid',
      applied: 'no',
    })
  })
})

describe('an HTTP status without a known code', () => {
  test.each([
    [400, 'invalid', 'no', false],
    [401, 'unauthenticated', 'no', false],
    [402, 'quota', 'no', false],
    [403, 'forbidden', 'no', false],
    [404, 'not-found', 'no', false],
    [408, 'unavailable', 'unknown', true],
    [409, 'wrong-state', 'no', true],
    [422, 'invalid', 'no', false],
    [429, 'rate-limited', 'no', true],
    [500, 'unavailable', 'unknown', true],
    [503, 'unavailable', 'unknown', true],
  ])('%i with JSON: %s, applied %s', async (status, kind, applied, retryable) => {
    const failure = await failedSuspend(refusal(99999, 'No.', status))
    expect(failure).toMatchObject({ kind, applied, retryable, code: '99999', httpStatus: status })
  })

  test.each([
    [200, 'protocol', 'unknown'],
    [302, 'protocol', 'unknown'],
    [401, 'unauthenticated', 'no'],
    [403, 'forbidden', 'unknown'],
    [404, 'not-found', 'unknown'],
    [429, 'rate-limited', 'no'],
    [500, 'unavailable', 'unknown'],
    [502, 'unavailable', 'unknown'],
    [504, 'unavailable', 'unknown'],
  ])('%i with a page: %s, applied %s', async (status, kind, applied) => {
    const failure = await failedSuspend({ status, text: '<html><h1>Oh</h1></html>' })
    expect(failure).toMatchObject({ kind, applied, code: null, httpStatus: status })
    expect(failure.message).toContain(status === 200 ? 'nothing that could be read' : 'Oh')
  })

  test('a refusal that is known, told with a 500, may have been applied', async () => {
    expect(await failedCreate(refusal(40013, 'exists', 500))).toMatchObject({
      kind: 'name-taken',
      applied: 'unknown',
    })
  })
})

describe('an unknown code in a 200 is kept verbatim and read by its words', () => {
  test.each([
    ['Too many requests, rate limit reached', 'rate-limited', 'no'],
    ['Internal server error', 'unavailable', 'unknown'],
    ['The service is temporarily unavailable', 'unavailable', 'unknown'],
    ['You can create 1 free cluster at most, quota exceeded', 'quota', 'no'],
    ['Please add a payment method', 'quota', 'no'],
    ['Cluster name already exists', 'name-taken', 'no'],
    ['You do not have permission', 'forbidden', 'no'],
    ['This region does not support it', 'unsupported', 'no'],
    ['The cluster is being modified', 'wrong-state', 'no'],
    ['Invalid parameter: foo', 'invalid', 'no'],
    ['Kaboom', 'invalid', 'unknown'],
  ])('%s: %s, applied %s', async (message, kind, applied) => {
    expect(await failedCreate(refusal(123456, message))).toMatchObject({
      kind,
      applied,
      code: '123456',
      message,
    })
  })

  test.each([
    [503, 'unavailable', 'unknown'],
    [403, 'forbidden', 'no'],
  ])('a code that is an HTTP status, %i, reads as one', async (code, kind, applied) => {
    expect(await failedCreate(refusal(code, 'Hm.'))).toMatchObject({ kind, applied })
  })

  test('a code that is a word', async () => {
    expect(await failedCreate(refusal('WEIRD', 'Hm.'))).toMatchObject({ code: 'WEIRD', applied: 'unknown' })
  })
})

describe('a create whose reply is lost', () => {
  test.each([
    ['dropped after the request', { fault: 'drop' }, {}],
    ['cut short', { fault: 'truncate' }, {}],
    ['never answered', { fault: 'hang' }, { headersTimeoutMs: 50 }],
  ] as const)('%s: its outcome is unknown, and it is not sent again', async (_name, answer, options) => {
    expect(await failedCreate(answer, options)).toMatchObject({ kind: 'unavailable', applied: 'unknown' })
  })

  test('in an HTML 502: its outcome is unknown', async () => {
    const failure = await failedCreate(badGateway)
    expect(failure).toMatchObject({
      kind: 'unavailable',
      applied: 'unknown',
      retryable: true,
      httpStatus: 502,
    })
    expect(failure.message).toContain('502 Bad Gateway')
    expect(failure.message).not.toContain('<')
  })
})

describe('what a failure tells', () => {
  test('a reading that fails has changed nothing', async () => {
    await using cloud = await openZilliz(() => badGateway)
    expect(await failureOf(zilliz.observe(cloud.account, dedicatedId))).toMatchObject({ applied: 'no' })
  })

  test('how long to wait, where the service says so', async () => {
    const failure = await failedSuspend({ status: 429, headers: { 'retry-after': '3' }, text: 'slow down' })
    expect(failure).toMatchObject({
      kind: 'rate-limited',
      applied: 'no',
      retryable: true,
      retryAfterMs: 3_000,
    })
  })

  test('the request id, from the header or else from the body', async () => {
    const json = { code: 40003, message: 'No.', requestId: 'from-body' }
    expect(await failedSuspend({ json })).toMatchObject({ requestId: 'from-body' })
    expect(await failedSuspend({ json, headers: { requestid: 'from-header' } })).toMatchObject({
      requestId: 'from-header',
    })
  })

  test('never the password of an answer that is no whole JSON', async () => {
    const text = '{"code":0,"data":{"clusterId":"in05-1","password":"aB3$aB3$aB3$aB3$","us'
    for (const status of [200, 502]) {
      const failure = await failedCreate({ status, text })
      expect(failure).toMatchObject({ applied: 'unknown' })
      expect(failure.message).not.toContain('aB3$')
    }
  })

  test('never the key, although the service echoes it', async () => {
    for (const status of [200, 401, 500]) {
      const json = { code: 80001, message: `Invalid token: ${apiKey}`, error: apiKey }
      const failure = await failedCreate({ status, json })
      expect(JSON.stringify({ ...failure, message: failure.message, stack: failure.stack })).not.toContain(
        apiKey,
      )
      expect(failure.message).toBe('Invalid token: [redacted]')
    }
    const page = await failedCreate({ status: 500, text: `<p>Authorization: Bearer ${apiKey}</p>` })
    expect(page.message).not.toContain(apiKey)
  })
})
