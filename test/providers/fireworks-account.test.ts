import { describe, expect, it } from 'vitest'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import { notFound, type Reply, startUpstream } from './fireworks-upstream.ts'

const account = { name: 'accounts/acme', state: 'READY', suspendState: 'UNSUSPENDED' }
const forbidden: Reply = { status: 403, json: { code: 7, message: '' } }

describe('verify', () => {
  it('proves that the key opens the account', async () => {
    await using upstream = await startUpstream([{ json: account, headers: { 'x-request-id': 'r-1' } }])
    expect(await fireworks.verify(upstream.account)).toEqual({ account: 'acme', requestId: 'r-1' })
    expect(upstream.received).toMatchObject([{ method: 'GET', path: '/v1/accounts/acme' }])
  })

  it.each([
    ['that says nothing of its state', { name: 'accounts/acme' }],
    ['in an unspecified state', { ...account, state: 'STATE_UNSPECIFIED', suspendState: '' }],
    ['being updated', { ...account, state: 'UPDATING' }],
    ['in a state still to come', { ...account, state: 'MERGING' }],
  ])('accepts an account %s', async (_, json) => {
    await using upstream = await startUpstream([{ json }])
    expect(await fireworks.verify(upstream.account)).toMatchObject({ account: 'acme' })
  })

  it.each([
    ['FAILED_PAYMENTS', 'quota'],
    ['CREDIT_DEPLETED', 'quota'],
    ['MONTHLY_SPEND_LIMIT_EXCEEDED', 'quota'],
    ['BLOCKED_BY_ABUSE_RULE', 'forbidden'],
  ])('refuses an account suspended for %s', async (suspendState, kind) => {
    await using upstream = await startUpstream([{ json: { ...account, suspendState } }])
    await expect(fireworks.verify(upstream.account)).rejects.toMatchObject({
      kind,
      retryable: false,
      message: expect.stringContaining(suspendState),
    })
  })

  it.each(['CREATING', 'DELETING'])('refuses an account that is %s', async (state) => {
    await using upstream = await startUpstream([{ json: { ...account, state } }])
    await expect(fireworks.verify(upstream.account)).rejects.toMatchObject({
      kind: 'wrong-state',
      message: expect.stringContaining(state),
    })
  })

  it.each([
    ['hidden from the key', notFound],
    ['closed to the key', forbidden],
  ])('tells which account the key opens when the one named is %s', async (_, reply) => {
    await using upstream = await startUpstream([reply, { json: { accounts: [{ name: 'accounts/other' }] } }])
    await expect(fireworks.verify(upstream.account)).rejects.toMatchObject({
      kind: 'forbidden',
      message: 'The key does not open the account acme; it opens other.',
    })
    expect(upstream.received[1]).toMatchObject({ path: '/v1/accounts', query: { pageSize: '2' } })
  })

  it('keeps the first refusal when the accounts cannot be listed', async () => {
    await using upstream = await startUpstream([notFound, forbidden])
    await expect(fireworks.verify(upstream.account)).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('asks no further with a key that is refused', async () => {
    await using upstream = await startUpstream([{ status: 401, json: { code: 16, message: 'no' } }])
    await expect(fireworks.verify(upstream.account)).rejects.toMatchObject({ kind: 'unauthenticated' })
    expect(upstream.received).toHaveLength(1)
  })

  it.each([{}, { name: 'accounts/other' }])('takes %j for no proof', async (json) => {
    await using upstream = await startUpstream([{ json }])
    await expect(fireworks.verify(upstream.account)).rejects.toMatchObject({ kind: 'protocol' })
  })

  it('fails in the words of the contract on settings that are not its own', async () => {
    await using upstream = await startUpstream([], { accountId: 7 })
    await expect(fireworks.verify(upstream.account)).rejects.toMatchObject({ kind: 'invalid', applied: 'no' })
  })
})

describe('directory', () => {
  it('has neither regions nor projects, and asks nobody', async () => {
    await using upstream = await startUpstream([])
    expect(await fireworks.directory(upstream.account)).toEqual({ regions: null, projects: null })
    expect(upstream.received).toHaveLength(0)
  })
})

describe('suspend and resume', () => {
  it.each(['suspend', 'resume'] as const)('%s is refused before any call, with the reason', async (verb) => {
    await using upstream = await startUpstream([])
    expect(fireworks.capabilities[verb]).toBe(false)
    expect(fireworks.refusal(verb, { externalId: 'ranker', spec: {} })).toContain(verb)
    await expect(fireworks[verb](upstream.account, 'ranker')).rejects.toMatchObject({ kind: 'unsupported' })
    expect(upstream.received).toHaveLength(0)
  })
})
