import { z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/cluster/json.ts'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import { eksSpec, fakeSpec, wantedEks, wantedFake } from './fireworks-upstream.ts'

/** Pointer and words of everything that a schema finds wrong. */
function complaints(schema: z.ZodType, value: Json): string[] {
  const read = schema.safeParse(value)
  return read.success ? [] : read.error.issues.map((issue) => `/${issue.path.join('/')} ${issue.message}`)
}

function eksWith(fields: JsonObject): string[] {
  return complaints(fireworks.specSchema, { eks: { awsAccountId: '123456789012', ...fields } })
}

describe('spec', () => {
  it.each([
    ['every field of an EKS cluster', { eks: eksSpec }],
    ['an EKS cluster with what it must have', { eks: { awsAccountId: '123456789012' } }],
    ['every field of a fake cluster', { fake: fakeSpec }],
    ['a fake cluster with nothing', { fake: {} }],
  ])('takes %s as it is', (_, spec) => {
    expect(fireworks.specSchema.parse(spec)).toEqual(spec)
  })

  it('wants exactly one kind, and names the one that is wrong', () => {
    expect(complaints(fireworks.specSchema, {})).toEqual(['/eks give exactly one of eks and fake'])
    expect(complaints(fireworks.specSchema, { eks: eksSpec, fake: fakeSpec })).toEqual([
      '/fake give exactly one of eks and fake, not both',
    ])
  })

  it('refuses fields that it does not know', () => {
    expect(eksWith({ region: 'us-east-1' })).toEqual(['/eks Unrecognized key: "region"'])
    expect(complaints(fireworks.specSchema, { eks: eksSpec, gke: {} })).toHaveLength(1)
  })

  it.each([undefined, '1234', '12345678901a', ' 123456789012'])(
    'refuses the AWS account %s',
    (awsAccountId) => {
      const [complaint] = complaints(fireworks.specSchema, {
        eks: awsAccountId === undefined ? {} : { awsAccountId },
      })
      expect(complaint).toMatch(/^\/eks\/awsAccountId .*12-digit/)
    },
  )

  it.each(['aws', 'aws-cn', 'aws-us-gov'])('takes a role of the partition %s', (partition) => {
    expect(eksWith({ inferenceRole: `arn:${partition}:iam::123456789012:role/path/name` })).toEqual([])
  })

  it.each(['fireworksManagerRole', 'metricWriterRole', 'loadBalancerControllerRole', 'inferenceRole'])(
    'refuses a %s that is not the ARN of a role',
    (field) => {
      for (const value of ['', 'name', 'arn:aws:iam::123456789012:user/me', 'arn:aws:s3:::bucket']) {
        expect(eksWith({ [field]: value })).toEqual([
          `/eks/${field} must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/name`,
        ])
      }
    },
  )

  it('wants a bucket by its bare name and tells how to get it from an ARN', () => {
    expect(eksWith({ storageBucketName: 'arn:aws:s3:::fireworks-a' })).toEqual([
      "/eks/storageBucketName must be the bucket's bare name: strip arn:aws:s3::: from the ARN",
    ])
    expect(eksWith({ storageBucketName: 's3://fireworks-a' })).toHaveLength(1)
  })

  it('says in its JSON Schema what each field is, and that there is exactly one kind', () => {
    const document = JSON.parse(JSON.stringify(z.toJSONSchema(fireworks.specSchema)))
    expect(document).toMatchObject({ minProperties: 1, maxProperties: 1, additionalProperties: false })
    expect(document.properties.eks.required).toEqual(['awsAccountId'])
    for (const kind of [document.properties.eks, document.properties.fake]) {
      for (const field of Object.values(kind.properties)) {
        expect(field).toMatchObject({ description: expect.any(String), examples: [expect.any(String)] })
      }
    }
  })
})

describe('settings', () => {
  it('default to the public address and to real clusters', () => {
    expect(fireworks.settingsSchema.parse({ accountId: 'acme' })).toEqual({
      baseUrl: 'https://api.fireworks.ai',
      accountId: 'acme',
      allowFakeClusters: false,
    })
  })

  it.each(['http://127.0.0.1:8081', 'https://dev.api.fireworks.ai'])('take the address %s', (baseUrl) => {
    expect(complaints(fireworks.settingsSchema, { accountId: 'acme', baseUrl })).toEqual([])
  })

  it.each([
    'https://api.fireworks.ai/',
    'https://api.fireworks.ai/v1',
    'https://api.fireworks.ai?a=b',
    'https://me:secret@api.fireworks.ai',
    'ftp://api.fireworks.ai',
    'api.fireworks.ai',
  ])('refuse the address %s', (baseUrl) => {
    const [complaint] = complaints(fireworks.settingsSchema, { accountId: 'acme', baseUrl })
    expect(complaint).toMatch(/^\/baseUrl must be an http or https address/)
  })

  it.each([{}, { accountId: 'Acme' }, { accountId: 'accounts/acme' }])(
    'refuse %j for an account',
    (settings) => {
      expect(complaints(fireworks.settingsSchema, settings)[0]).toMatch(/^\/accountId /)
    },
  )

  it('refuse what they do not know', () => {
    expect(complaints(fireworks.settingsSchema, { accountId: 'acme', projectId: 'p' })).toHaveLength(1)
  })
})

describe('check', () => {
  const settings = { accountId: 'acme' }
  const allowing = { ...settings, allowFakeClusters: true }

  it('finds nothing wrong with what is right', () => {
    expect(fireworks.check(wantedEks, settings, null)).toEqual([])
    expect(fireworks.check(wantedFake, allowing, null)).toEqual([])
  })

  it.each(['a', 'a1', 'a-b', `a${'b'.repeat(62)}`])('takes the name %s', (name) => {
    expect(fireworks.check({ ...wantedEks, name }, settings, null)).toEqual([])
  })

  it.each(['', 'A', '1a', '-a', 'a-', 'a_b', 'a.b', `a${'b'.repeat(63)}`])(
    'refuses the name "%s"',
    (name) => {
      expect(fireworks.check({ ...wantedEks, name }, settings, null)).toMatchObject([{ pointer: '/name' }])
    },
  )

  it('wants the AWS region of an EKS cluster', () => {
    for (const region of [null, 'gcp-us-west1', 'US-EAST-1']) {
      expect(fireworks.check({ ...wantedEks, region }, settings, null)).toMatchObject([
        { pointer: '/region' },
      ])
    }
    for (const region of ['us-gov-west-1', 'ap-southeast-12', 'eusc-de-east-1']) {
      expect(fireworks.check({ ...wantedEks, region }, settings, null)).toEqual([])
    }
  })

  it('leaves the region of a fake cluster to the caller', () => {
    expect(fireworks.check({ ...wantedFake, region: 'us-east-1' }, allowing, null)).toEqual([])
  })

  it('tells everything that is wrong at once', () => {
    const wanted = { ...wantedFake, name: 'A', displayName: 'x'.repeat(64), region: 'us-east-1' }
    const pointers = fireworks.check(wanted, settings, null).map((error) => error.pointer)
    expect(pointers).toEqual(['/name', '/displayName', '/spec/fake'])
  })
})

describe('residue', () => {
  it('names what stays in the AWS account and keeps costing', () => {
    const words = fireworks.residue({ spec: { eks: eksSpec }, region: 'us-east-1' })
    expect(words).toMatch(/inference.*fireworks-inference-1a2b.*123456789012 \(us-east-1\).*costing/)
    expect(fireworks.residue({ spec: { eks: {} }, region: null })).toContain('keep costing')
    expect(fireworks.residue({ spec: {}, region: null })).toContain('keep costing')
  })

  it('is nothing for a fake cluster', () => {
    expect(fireworks.residue({ spec: { fake: fakeSpec }, region: null })).toBeNull()
  })
})
