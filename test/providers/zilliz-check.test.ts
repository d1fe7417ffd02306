import { z } from '@hono/zod-openapi'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import { observed, projectId, wanted } from './zilliz-account.ts'

const here = { baseUrl: 'https://api.cloud.zilliz.com' }
const china = { baseUrl: 'https://api.cloud.zilliz.com.cn' }
const dedicated = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized', cuSize: 8 }
const { cuSize: _, ...unsized } = dedicated

function pointers(fields: Parameters<typeof wanted>[0], settings: JsonObject = here): string[] {
  const wish = wanted(fields)
  return zilliz.check(wish, settings, wish.spec).map(({ pointer }) => pointer)
}

describe('settings', () => {
  test('default to the global host', () => {
    expect(zilliz.settingsSchema.parse({})).toEqual(here)
  })

  test.each(['https://api.cloud.zilliz.com.cn', 'http://127.0.0.1:4010', 'https://proxy.example:8443'])(
    'take %s',
    (baseUrl) => {
      expect(zilliz.settingsSchema.parse({ baseUrl, orgId: 'org-abc' })).toEqual({
        baseUrl,
        orgId: 'org-abc',
      })
    },
  )

  test.each([
    'https://api.cloud.zilliz.com/',
    'https://api.cloud.zilliz.com/v2',
    'https://user:pass@api.cloud.zilliz.com',
    'https://api.cloud.zilliz.com?a=b',
    'https://api.cloud.zilliz.com#a',
    'ftp://api.cloud.zilliz.com',
    'api.cloud.zilliz.com',
    '',
  ])('refuse %j', (baseUrl) => {
    expect(zilliz.settingsSchema.safeParse({ baseUrl }).success).toBe(false)
  })

  test('refuse what they do not know', () => {
    expect(zilliz.settingsSchema.safeParse({ ...here, region: 'x' }).success).toBe(false)
    expect(zilliz.settingsSchema.safeParse({ ...here, orgId: 'a b' }).success).toBe(false)
  })
})

describe('the spec', () => {
  const schedules = [{ cron: '0 8 * * 1-5', target: 4, timezone: 'Etc/UTC' }]
  test.each<[string, JsonObject]>([
    ['serverless', { plan: 'SERVERLESS', projectId, description: 'x' }],
    ['free', { plan: 'FREE', projectId }],
    ['dedicated', { ...dedicated, tier: 'Enterprise', replica: 2, description: 'x' }],
    ['autoscaled', { ...unsized, autoscaling: { cu: { min: 1, max: 2 }, replica: { schedules } } }],
    ['own cloud', { ...dedicated, bucketInfo: { bucketName: 'b', prefix: 'p' }, keyIdentifier: 'arn:k' }],
  ])('takes a %s cluster as it is', (_name, spec) => {
    expect(zilliz.specSchema.parse(spec)).toEqual(spec)
  })

  test.each<[string, JsonObject]>([
    ['an unknown plan', { plan: 'HUGE', projectId }],
    ['no project', { plan: 'SERVERLESS' }],
    ['a project by name', { plan: 'SERVERLESS', projectId: 'Default Project' }],
    ['a field of another plan', { plan: 'SERVERLESS', projectId, cuSize: 1 }],
    ['an unknown field', { ...dedicated, colour: 'red' }],
    ['no class', { plan: 'DEDICATED', projectId, cuSize: 1 }],
    ['an unknown class', { ...dedicated, cuType: 'Tiny' }],
    ['an unknown tier', { ...dedicated, tier: 'Free' }],
    ['a size of none', { ...dedicated, cuSize: 0 }],
    ['half a unit', { ...dedicated, cuSize: 1.5 }],
    ['a range and schedules', { ...unsized, autoscaling: { cu: { min: 1, max: 2, schedules } } }],
    ['a long description', { plan: 'FREE', projectId, description: 'x'.repeat(257) }],
  ])('refuses %s', (_name, spec) => {
    expect(zilliz.specSchema.safeParse(spec).success).toBe(false)
  })

  test('has a JSON schema', () => {
    expect(z.toJSONSchema(zilliz.specSchema)).toMatchObject({ oneOf: [{}, {}, {}] })
    expect(z.toJSONSchema(zilliz.settingsSchema, { io: 'input' })).toMatchObject({ type: 'object' })
  })

  test('names the fields that can change', () => {
    expect(zilliz.mutableSpecFields).toEqual(['cuSize', 'replica', 'autoscaling', 'description'])
    expect(zilliz.scopeOf(dedicated)).toBe(projectId)
  })
})

describe('a wish is checked', () => {
  test.each<[string, Parameters<typeof wanted>[0], JsonObject?]>([
    ['serverless', {}],
    ['a name of 32', { name: 'a'.repeat(32) }],
    ['dedicated', { spec: dedicated }],
    ['two replicas of eight', { spec: { ...dedicated, tier: 'Enterprise', replica: 2 } }],
    ['enterprise in China', { spec: { ...dedicated, tier: 'Enterprise' } }, china],
    ['no tier in China', { spec: dedicated }, china],
    [
      'no region in one’s own cloud',
      { region: null, spec: { ...dedicated, bucketInfo: { bucketName: 'b' } } },
    ],
    ['sizes that the documents dispute', { spec: { ...dedicated, cuSize: 1024, replica: 200 } }],
    ['labels of a serverless cluster, which stay here', { labels: { 'not a key!': 'é' } }],
    [
      'labels of a dedicated cluster',
      { spec: dedicated, labels: { 'example.com/env': 'prod_1.x', team: '' } },
    ],
    [
      'a description, with an organization',
      { spec: { ...dedicated, description: 'x' } },
      { ...here, orgId: 'org-1' },
    ],
  ])('%s: fine', (_name, fields, settings) => {
    expect(pointers(fields, settings)).toEqual([])
  })

  test.each<[string, Parameters<typeof wanted>[0], string[], JsonObject?]>([
    ['an underscore in the name', { name: 'a_b' }, ['/name']],
    ['an empty name', { name: '' }, ['/name']],
    ['a name of 33', { name: 'a'.repeat(33) }, ['/name']],
    ['a line break after the name', { name: 'a\n' }, ['/name']],
    ['no region', { region: null }, ['/region']],
    ['a spec that is none', { spec: { plan: 'FREE' } }, ['/spec/projectId']],
    ['no size', { spec: unsized }, ['/spec/cuSize']],
    ['two replicas of four', { spec: { ...dedicated, cuSize: 4, replica: 2 } }, ['/spec/cuSize']],
    [
      'two replicas of the standard tier',
      { spec: { ...dedicated, tier: 'Standard', replica: 2 } },
      ['/spec/tier'],
    ],
    [
      'replicas fixed and scaled',
      { spec: { ...dedicated, replica: 1, autoscaling: { replica: { min: 1, max: 2 } } } },
      ['/spec/replica'],
    ],
    [
      'a range upside down',
      { spec: { ...unsized, autoscaling: { cu: { min: 4, max: 2 } } } },
      ['/spec/autoscaling/cu/min'],
    ],
    ['standard in China', { spec: { ...dedicated, tier: 'Standard' } }, ['/spec/tier'], china],
    [
      'a description without organization',
      { spec: { ...dedicated, description: 'x' } },
      ['/spec/description'],
    ],
    [
      'labels of a dedicated cluster that it cannot have',
      { spec: dedicated, labels: { 'a b': 'x', ok: '-x', 'A.com/env': 'x', 'a/b/c': 'x' } },
      ['/labels/a b', '/labels/ok', '/labels/A.com~1env', '/labels/a~1b~1c'],
    ],
  ])('%s: refused', (_name, fields, expected, settings) => {
    expect(pointers(fields, settings)).toEqual(expected)
  })

  test('two sizes: refused, unless one is what was told of a cluster that scales by itself', () => {
    const both = { ...dedicated, autoscaling: { cu: { min: 1, max: 16 } } }
    const check = (spec: JsonObject, current: JsonObject | null) =>
      zilliz.check(wanted({ spec }), here, current).map(({ pointer }) => pointer)
    expect(check(both, null)).toEqual(['/spec/cuSize'])
    expect(check(both, dedicated)).toEqual(['/spec/cuSize'])
    expect(check({ ...both, cuSize: 4 }, both)).toEqual(['/spec/cuSize'])
    expect(check({ ...both, replica: 1 }, both)).toEqual([])
  })
})

describe('what can be done to which cluster', () => {
  const of = (plan: string) => ({ externalId: 'in01-1', spec: { plan, projectId } })

  test('serverless is neither suspended nor resumed', () => {
    expect(zilliz.refusal('suspend', of('SERVERLESS'))).toContain('Serverless')
    expect(zilliz.refusal('resume', of('SERVERLESS'))).toContain('Serverless')
  })

  test('free suspends itself and can be resumed', () => {
    expect(zilliz.refusal('suspend', of('FREE'))).toContain('seven idle days')
    expect(zilliz.refusal('resume', of('FREE'))).toBeNull()
  })

  test.each(['update', 'rename', 'suspend', 'resume', 'delete'] as const)('dedicated takes %s', (verb) => {
    expect(zilliz.refusal(verb, of('DEDICATED'))).toBeNull()
  })

  test('a delete leaves paid clusters in the recycle bin, free ones nowhere', () => {
    expect(zilliz.residue({ spec: of('DEDICATED').spec, region: null })).toContain('30 days')
    expect(zilliz.residue({ spec: of('SERVERLESS').spec, region: null })).toContain('30 days')
    expect(zilliz.residue({ spec: of('FREE').spec, region: null })).toBeNull()
  })
})

describe('what is found is what was asked for', () => {
  const asked = wanted({ spec: { ...dedicated, tier: 'Enterprise' } })
  const found = (fields: JsonObject) => observed({ spec: { plan: 'DEDICATED', projectId, ...fields } })

  test('when name, project, region, plan, tier and class agree, or are not told', () => {
    expect(zilliz.matches(asked, found({ tier: 'Enterprise', cuType: 'Performance-optimized' }))).toBe(true)
    expect(zilliz.matches(asked, observed({ region: null, spec: {} }))).toBe(true)
  })

  test('whatever its size is just now', () => {
    expect(zilliz.matches(asked, found({ cuSize: 1, replica: 1 }))).toBe(true)
  })

  test('not when one of them differs', () => {
    expect(zilliz.matches(asked, observed({ name: 'other' }))).toBe(false)
    expect(zilliz.matches(asked, observed({ scope: 'proj-other' }))).toBe(false)
    expect(zilliz.matches(asked, observed({ region: 'aws-us-west-2' }))).toBe(false)
    expect(zilliz.matches(asked, found({ plan: 'SERVERLESS' }))).toBe(false)
    expect(zilliz.matches(asked, found({ tier: 'Standard' }))).toBe(false)
    expect(zilliz.matches(asked, found({ cuType: 'Tiered-storage' }))).toBe(false)
  })
})
