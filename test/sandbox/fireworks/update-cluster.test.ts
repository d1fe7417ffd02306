import { describe, expect, it } from 'vitest'
import { CLUSTERS, EKS, openSandbox, START } from './fixture.ts'

const ONE = `${CLUSTERS}/one`
const ROLE = 'arn:aws:iam::123456789012:role/Inference'
const DEFAULT_ROLE = 'arn:aws:iam::123456789012:role/FireworksManagerRole'

async function openWithCluster(cluster?: object) {
  const caller = openSandbox()
  await caller.create(
    'one',
    cluster ?? { displayName: 'One', eksCluster: { ...EKS, clusterName: 'eks', inferenceRole: ROLE } },
  )
  caller.clock.advance(60_000)
  return caller
}

describe('without an updateMask', () => {
  it('changes what the bare body speaks of, says when, and leaves the rest', async () => {
    const { call } = await openWithCluster()
    const { status, body } = await call('PATCH', ONE, {
      displayName: 'Two',
      eksCluster: { storageBucketName: 'b' },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      displayName: 'Two',
      eksCluster: { ...EKS, clusterName: 'eks', storageBucketName: 'b', inferenceRole: ROLE },
      updateTime: new Date(START + 60_000).toISOString(),
      state: 'READY',
    })
    expect((await call('GET', ONE)).body).toEqual(body)
  })

  it('takes an empty object for the whole block: what can be changed is wiped', async () => {
    const { call } = await openWithCluster()
    const { body } = await call('PATCH', ONE, { eksCluster: {} })
    expect(body.eksCluster).toMatchObject({
      ...EKS,
      clusterName: 'eks',
      inferenceRole: '',
      fireworksManagerRole: DEFAULT_ROLE,
    })
  })

  it('takes null and the empty text as wiping a field', async () => {
    const { call } = await openWithCluster()
    const { body } = await call('PATCH', ONE, { displayName: null, eksCluster: { inferenceRole: '' } })
    expect(body).toMatchObject({ displayName: '', eksCluster: { inferenceRole: '' } })
  })

  it('changes nothing for an empty body', async () => {
    const { call } = await openWithCluster()
    const before = await call('GET', ONE)
    expect((await call('PATCH', ONE, {})).body).toEqual(before.body)
    expect((await call('PATCH', ONE, '')).body).toEqual(before.body)
  })

  it('accepts fixed fields with the value that they have', async () => {
    const { call } = await openWithCluster()
    expect((await call('PATCH', ONE, { eksCluster: EKS })).status).toBe(200)
  })
})

describe('with an updateMask', () => {
  it('changes only what it names, whatever else the body has', async () => {
    const { call } = await openWithCluster()
    const { body } = await call('PATCH', `${ONE}?updateMask=display_name`, {
      displayName: 'Two',
      eksCluster: { inferenceRole: 'other' },
    })
    expect(body).toMatchObject({ displayName: 'Two', eksCluster: { inferenceRole: ROLE } })
  })

  it('wipes what it names and the body leaves out', async () => {
    const { call } = await openWithCluster()
    const { body } = await call('PATCH', `${ONE}?update_mask=display_name,eks_cluster.inference_role`, {})
    expect(body).toMatchObject({ displayName: '', eksCluster: { inferenceRole: '' } })
  })

  it('replaces everything that can be changed for *', async () => {
    const { call } = await openWithCluster()
    const { body } = await call('PATCH', `${ONE}?updateMask=*`, { displayName: 'Two', eksCluster: {} })
    expect(body).toMatchObject({ displayName: 'Two', eksCluster: { clusterName: 'eks', inferenceRole: '' } })
  })

  it.each(['displayName', 'eks_cluster.nothing', 'eksCluster.inferenceRole', 'display_name.x'])(
    'refuses %s, which is no path',
    async (mask) => {
      const { call } = await openWithCluster()
      expect(await call('PATCH', `${ONE}?updateMask=${mask}`, {})).toMatchObject({
        status: 400,
        body: { code: 3 },
      })
    },
  )
})

describe('INVALID_ARGUMENT', () => {
  it.each([
    ['an unknown field', { bogus: 1 }],
    ['an unknown field of a block', { eksCluster: { bogus: 1 } }],
    ['the wrapped body of a create', { cluster: { displayName: 'Two' } }],
    ['another AWS account', { eksCluster: { awsAccountId: '999999999999' } }],
    ['another region', { eksCluster: { region: 'eu-west-1' } }],
    ['another EKS cluster', { eksCluster: { clusterName: 'other' } }],
    ['the other kind', { fakeCluster: { projectId: 'p' } }],
    ['no kind', { eksCluster: null }],
    ['both kinds', { eksCluster: {}, fakeCluster: {} }],
    ['a name', { name: 'accounts/sandbox/clusters/one' }],
    ['a state', { state: 'READY' }],
    ['a time', { updateTime: '2026-01-01T00:00:00Z' }],
    ['a status', { status: { code: 'OK' } }],
    ['a display name of 64 characters', { displayName: 'x'.repeat(64) }],
    ['a wrong type', { displayName: ['x'] }],
    ['text that is not JSON', '{'],
  ])('is the answer to %s, and nothing is changed', async (_, body) => {
    const { call } = await openWithCluster()
    const before = await call('GET', ONE)
    expect(await call('PATCH', ONE, body)).toMatchObject({ status: 400, body: { code: 3 } })
    expect((await call('GET', ONE)).body).toEqual(before.body)
  })

  it('is the answer to an unknown field even when a mask leaves it out', async () => {
    const { call } = await openWithCluster()
    const reply = await call('PATCH', `${ONE}?updateMask=display_name`, { displayName: 'Two', bogus: 1 })
    expect(reply.body).toMatchObject({ code: 3 })
  })

  it('leaves all of a change undone when part of it is refused', async () => {
    const { call } = await openWithCluster()
    await call('PATCH', ONE, { displayName: 'Two', eksCluster: { region: 'eu-west-1' } })
    expect((await call('GET', ONE)).body).toMatchObject({ displayName: 'One' })
  })
})

it('renames a fake cluster but does not move it', async () => {
  const { call } = await openWithCluster({ fakeCluster: { projectId: 'p' } })
  expect((await call('PATCH', ONE, { displayName: 'Fake' })).body).toMatchObject({ displayName: 'Fake' })
  expect((await call('PATCH', ONE, { fakeCluster: { projectId: 'q' } })).body).toMatchObject({ code: 3 })
})
