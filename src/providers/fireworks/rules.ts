import type { JsonObject } from '../../cluster/json.ts'
import type { FieldError } from '../../cluster/problem.ts'
import type { Observed, Verb, Wanted } from '../../cluster/provider.ts'
import { readSettings, resourceId, resourceIdPattern } from './settings.ts'
import { blockOf, textOf } from './spec.ts'

/** By kind, the fields that a cluster keeps for life. */
export const fixedFields = {
  eks: ['awsAccountId', 'clusterName'],
  fake: ['projectId', 'location', 'clusterName'],
} as const

const maxDisplayName = 63
const awsRegion = /^[a-z]{2,5}(-[a-z]+)+-\d+$/

export function check(wanted: Wanted, settings: JsonObject, current: JsonObject | null): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (pointer: string, detail: string) => errors.push({ pointer, detail })

  if (!resourceIdPattern.test(wanted.name)) refuse('/name', `must be ${resourceId.description}`)
  if ([...wanted.displayName].length > maxDisplayName) {
    refuse('/displayName', `must be at most ${maxDisplayName} characters`)
  }
  if (blockOf(wanted.spec, 'eks') !== null) {
    if (wanted.region === null) refuse('/region', 'is required: the AWS region of the EKS cluster')
    else if (!awsRegion.test(wanted.region)) refuse('/region', 'must be an AWS region, such as us-east-1')
  }
  if (blockOf(wanted.spec, 'fake') !== null && !readSettings(settings).allowFakeClusters) {
    refuse('/spec/fake', 'the connection does not allow fake clusters')
  }
  return current === null ? errors : [...errors, ...fixedErrors(wanted.spec, current)]
}

/** What a cluster was made with and keeps: changing it would make another cluster. */
function fixedErrors(spec: JsonObject, current: JsonObject): FieldError[] {
  return (['eks', 'fake'] as const).flatMap((kind) => {
    const [wants, has] = [blockOf(spec, kind), blockOf(current, kind)]
    if (wants === null || has === null) {
      return wants === has
        ? []
        : [{ pointer: `/spec/${kind}`, detail: 'the kind of a cluster cannot be changed' }]
    }
    return fixedFields[kind]
      .filter((field) => textOf(wants, field) !== textOf(has, field))
      .map((field) => ({ pointer: `/spec/${kind}/${field}`, detail: 'cannot be changed' }))
  })
}

const refusals: Readonly<Partial<Record<Verb, string>>> = {
  suspend: 'Fireworks cannot suspend a cluster; scale down its deployments, or delete it.',
  resume: 'Fireworks cannot resume a cluster, since it cannot suspend one.',
  rename: 'The name is the id of the cluster at Fireworks and cannot be changed; its displayName can.',
}

export function refusal(verb: Verb): string | null {
  return refusals[verb] ?? null
}

/** What goes on costing after Fireworks has forgotten the cluster. A fake cluster leaves nothing. */
export function residue(cluster: { spec: JsonObject; region: string | null }): string | null {
  const eks = blockOf(cluster.spec, 'eks')
  if (eks === null) {
    if (blockOf(cluster.spec, 'fake') !== null) return null
    return 'Fireworks only forgets the cluster: the machines on which it runs stay where they are and keep costing.'
  }
  const clusterName = textOf(eks, 'clusterName')
  const bucket = textOf(eks, 'storageBucketName')
  const where = cluster.region === null ? '' : ` (${cluster.region})`
  const what = clusterName === null ? 'the EKS cluster' : `the EKS cluster ${clusterName}`
  const store = bucket === null ? 'its storage bucket' : `the bucket ${bucket}`
  return `Fireworks only forgets the cluster: ${what}, its nodes and ${store} stay in the AWS account ${textOf(eks, 'awsAccountId') ?? 'that holds them'}${where} and keep costing until they are deleted there.`
}

/** Equal in kind, AWS account, region and EKS name, wherever both sides say something. */
export function matches(wanted: Wanted, observed: Observed): boolean {
  const wants = blockOf(wanted.spec, 'eks')
  const has = blockOf(observed.spec, 'eks')
  const told = has !== null || blockOf(observed.spec, 'fake') !== null
  if (wanted.name !== observed.name) return false
  if (told && (wants === null) !== (has === null)) return false
  const agree = (a: string | null, b: string | null) => a === null || b === null || a === b
  return (
    agree(wanted.region, observed.region) &&
    ['awsAccountId', 'clusterName'].every((field) => agree(textOf(wants, field), textOf(has, field)))
  )
}
