import { z } from '@hono/zod-openapi'
import { isJsonObject, type JsonObject } from '../../cluster/json.ts'

/** Roles may carry a path; the partition is `aws`, `aws-cn`, `aws-us-gov` or one still to come. */
const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/

function role(description: string, name: string) {
  return z
    .string()
    .regex(roleArn, { error: 'must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/name' })
    .optional()
    .meta({ description, examples: [`arn:aws:iam::123456789012:role/${name}`] })
}

const bucketName = z
  .string()
  .refine((text) => !text.startsWith('arn:'), {
    error: "must be the bucket's bare name: strip arn:aws:s3::: from the ARN",
    abort: true,
  })
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
    error: 'must be the bare name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens',
  })
  .optional()
  .meta({
    description: 'Bare name of the S3 bucket, not its ARN: strip `arn:aws:s3:::` from a Terraform output.',
    examples: ['fireworks-inference-1a2b3c'],
  })

const eksSchema = z
  .strictObject({
    awsAccountId: z
      .string({ error: 'is required: the 12-digit id of the AWS account' })
      .regex(/^\d{12}$/, { error: 'must be the 12-digit id of an AWS account, as a string' })
      .meta({
        description: 'The AWS account in which the EKS cluster lives. Cannot be changed.',
        examples: ['123456789012'],
      }),
    fireworksManagerRole: role(
      'IAM role with which Fireworks manages its resources on AWS. Left out, Fireworks takes `FireworksManagerRole` of the AWS account and reports it from then on.',
      'FireworksManagerRole',
    ),
    clusterName: z
      .string()
      .regex(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/, {
        error: 'must be the name of an EKS cluster: 1 to 100 letters, digits, hyphens and underscores',
      })
      .optional()
      .meta({ description: 'Name of the EKS cluster. Cannot be changed.', examples: ['inference'] }),
    storageBucketName: bucketName,
    metricWriterRole: role(
      'IAM role with which Google Managed Prometheus writes metrics to Fireworks; the service account `gmp-system:collector` must be able to assume it. Left out, no metrics are written.',
      'FireworksMetricWriter',
    ),
    loadBalancerControllerRole: role(
      "IAM role of the EKS load balancer controller. Left out, no gateway into the cluster's Kubernetes is made.",
      'FireworksLoadBalancerController',
    ),
    workloadIdentityPoolProviderId: z
      .string()
      .regex(/^[0-9A-Za-z_-]{1,128}$/, { error: 'must be the bare id of a workload identity pool provider' })
      .optional()
      .meta({
        description:
          "Id of the workload identity pool provider that Fireworks has made for this cluster in its own Google Cloud project, in the pool `byoc-pool`. Fireworks' people give it.",
        examples: ['acme-inference'],
      }),
    inferenceRole: role('IAM role of the inference pods.', 'FireworksInference'),
  })
  .meta({ description: "An EKS cluster in the customer's own AWS account, in the cluster's `region`." })

function fakeField(description: string, example: string) {
  return z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description, examples: [example] })
}

const fakeSchema = z
  .strictObject({
    projectId: fakeField('Project of the pretended cluster.', 'test-project'),
    location: fakeField('Place of the pretended cluster.', 'us-central1'),
    clusterName: fakeField('Name of the pretended cluster.', 'fake-1'),
  })
  .meta({
    description:
      "Fireworks' test double of a cluster: Kubernetes in memory. Refused unless the connection's `allowFakeClusters` is true.",
  })

const exactlyOne = z
  .strictObject({ eks: eksSchema.optional(), fake: fakeSchema.optional() })
  .check(({ value, issues }) => {
    const kinds = Object.values(value).filter((kind) => kind !== undefined).length
    if (kinds === 1) return
    const message =
      kinds === 0 ? 'give exactly one of eks and fake' : 'give exactly one of eks and fake, not both'
    issues.push({ code: 'custom', path: [kinds === 0 ? 'eks' : 'fake'], message, input: value })
  })
  .meta({
    description: 'A cluster at Fireworks AI: exactly one of `eks` and `fake`.',
    minProperties: 1,
    maxProperties: 1,
  })

// JSON holds no undefined, so what the schema lets through is a JSON object, which its own type does not say.
export const specSchema = exactlyOne as z.ZodType<JsonObject>

/** The block of one kind in a spec, or null where the spec is of another kind. */
export function blockOf(spec: JsonObject, kind: 'eks' | 'fake'): JsonObject | null {
  const block = spec[kind]
  return isJsonObject(block) ? block : null
}

/** A string that says something: an empty one says as little as an absent one here. */
export function textOf(block: JsonObject | null, field: string): string | null {
  const value = block?.[field]
  return typeof value === 'string' && value !== '' ? value : null
}
