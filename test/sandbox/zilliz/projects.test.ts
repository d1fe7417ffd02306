import { describe, expect, it } from 'vitest'
import { setUp } from './fixture.ts'

describe('projects', () => {
  it('there are two to start with, and they count their clusters', async () => {
    const { call, running, enterprise, standard } = setUp()
    await running('Serverless')
    const { data } = await call('GET', '/v2/projects')
    expect(data).toMatchObject([
      { projectId: standard, projectName: 'Staging', instanceCount: 0, plan: 'Standard' },
      {
        projectId: enterprise,
        projectName: 'Default Project',
        instanceCount: 1,
        plan: 'Enterprise',
        orgType: 'SAAS',
      },
    ])
    for (const id of [standard, enterprise]) expect(id).toMatch(/^proj-[0-9a-f]{22}$/)
  })

  it('can be made, read, and hold clusters', async () => {
    const { call, create } = setUp()
    const { data } = await call('POST', '/v2/projects', { projectName: 'Research', plan: 'Standard' })
    expect(data).toMatch(/^proj-[0-9a-f]{22}$/)
    const { data: row } = await call('GET', `/v2/projects/${data}`)
    expect(row).toMatchObject({
      projectId: data,
      projectName: 'Research',
      plan: 'Standard',
      instanceCount: 0,
    })
    expect((await create('Serverless', { projectId: data })).code).toBe(0)
  })

  it('refuses one that does not exist and several regions below the top plan', async () => {
    const { call } = setUp()
    expect((await call('GET', '/v2/projects/proj-none')).code).toBe(96005)
    const regionIds = ['gcp-us-west1', 'gcp-us-east4']
    const wish = { projectName: 'Wide', plan: 'Enterprise', regionIds }
    expect((await call('POST', '/v2/projects', wish)).code).toBe(80026)
    expect((await call('POST', '/v2/projects', { ...wish, plan: 'BusinessCritical' })).code).toBe(0)
  })

  it('can be upgraded but not downgraded', async () => {
    const { call, standard } = setUp()
    const upgrade = (plan: string) => call('PATCH', `/v2/projects/${standard}/plan`, { plan })
    expect(await upgrade('Enterprise')).toMatchObject({ code: 0, data: 'Project plan updated successfully' })
    expect(await upgrade('Standard')).toMatchObject({
      status: 200,
      code: 63104,
      message: 'Project plan can only be upgraded, not downgraded.',
    })
  })

  it('can be deleted when empty, except the default one', async () => {
    const { call, running, enterprise, standard } = setUp()
    await running('Serverless', { projectId: standard })
    expect((await call('DELETE', `/v2/projects/${standard}`)).code).toBe(80026)
    expect((await call('DELETE', `/v2/projects/${enterprise}`)).code).toBe(80026)
    const { data } = await call('POST', '/v2/projects', { projectName: 'Short' })
    expect((await call('DELETE', `/v2/projects/${data}`)).code).toBe(0)
    expect((await call('GET', `/v2/projects/${data}`)).code).toBe(96005)
  })
})
