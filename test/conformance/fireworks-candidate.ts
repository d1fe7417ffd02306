import type { JsonObject } from '../../src/cluster/json.ts'
import { fireworks } from '../../src/providers/fireworks/adapter.ts'
import { createFireworksSandbox } from '../../src/sandbox/fireworks/sandbox.ts'
import type { Candidate, Refusal } from './candidate.ts'

const accountId = 'sandbox'
const region = 'us-east-1'
const awsAccountId = '123456789012'
const role = (title: string) => `arn:aws:iam::${awsAccountId}:role/${title}`

const eks = {
  awsAccountId,
  fireworksManagerRole: role('FireworksManager'),
  clusterName: 'acme-eks',
  storageBucketName: 'acme-bucket',
  metricWriterRole: role('Metrics'),
  loadBalancerControllerRole: role('Balancer'),
  workloadIdentityPoolProviderId: 'acme-pool',
  inferenceRole: role('Inference'),
} satisfies JsonObject

const later = { ...eks, storageBucketName: 'acme-bucket-2', inferenceRole: role('Inference2') }

const refusals: readonly Refusal[] = [
  {
    title: 'an argument',
    error: { code: 'INVALID_ARGUMENT', message: 'display_name is odd' },
    kind: 'invalid',
    applied: 'no',
  },
  {
    title: 'a taken id',
    error: { code: 'ALREADY_EXISTS', message: 'There is such a cluster' },
    kind: 'name-taken',
    applied: 'no',
  },
  {
    title: 'no permission',
    error: { code: 'PERMISSION_DENIED', message: 'Not for you' },
    kind: 'forbidden',
    applied: 'no',
    // The collection is closed to most accounts.
    kindAtCreate: 'unsupported',
  },
  {
    title: 'a state',
    error: { code: 'FAILED_PRECONDITION', message: 'Not in this state' },
    kind: 'wrong-state',
    applied: 'no',
  },
  {
    title: 'a lost race',
    error: { code: 'ABORTED', message: 'Try the whole again' },
    kind: 'wrong-state',
    applied: 'no',
  },
  {
    title: 'the pace',
    error: { code: 'RESOURCE_EXHAUSTED', message: 'Rate limit exceeded' },
    kind: 'rate-limited',
    applied: 'no',
  },
  {
    title: 'the room',
    error: { code: 'RESOURCE_EXHAUSTED', message: 'Quota of clusters exceeded' },
    kind: 'quota',
    applied: 'no',
  },
  {
    title: 'the key, inside HTTP 200',
    error: { code: 'UNAUTHENTICATED', message: 'Invalid API key', httpStatus: 200 },
    kind: 'unauthenticated',
    applied: 'no',
  },
  {
    title: 'a fault of its own',
    error: { code: 'INTERNAL', message: 'Something broke' },
    kind: 'unavailable',
    applied: 'unknown',
  },
  {
    title: 'a fault of its own, inside HTTP 200',
    error: { code: 'UNAVAILABLE', message: 'Something broke', httpStatus: 200 },
    kind: 'unavailable',
    applied: 'unknown',
  },
  {
    title: 'its own deadline',
    error: { code: 'DEADLINE_EXCEEDED', message: 'Took too long' },
    kind: 'unavailable',
    applied: 'unknown',
  },
  {
    title: 'a code that nobody has explained',
    error: { code: 77, message: 'Hm.' },
    kind: 'unavailable',
    applied: 'unknown',
  },
]

export const fireworksEks: Candidate = {
  title: 'fireworks, eks',
  adapter: fireworks,
  openSandbox: (options) => {
    const sandbox = createFireworksSandbox({ ...options, accountId })
    return {
      ...sandbox,
      addNamed: (clusterId) => {
        sandbox.addCluster({ clusterId, eksCluster: { ...eks, region } })
      },
    }
  },
  settings: { accountId },
  wanted: { name: 'ranker', displayName: 'Ranker', region, labels: { env: 'prod' }, spec: { eks } },
  operations: {
    create: 'createCluster',
    list: 'listClusters',
    describe: 'getCluster',
    suspend: null,
    resume: null,
    delete: 'deleteCluster',
    access: 'getClusterConnectionInfo',
  },
  unsupported: ['suspend', 'resume'],
  updates: [
    { operation: 'updateCluster', change: { displayName: 'Second ranker' } },
    { operation: 'updateCluster', change: { spec: { eks: later } } },
  ],
  change: { displayName: 'Second ranker', spec: { eks: later } },
  changed: { displayName: 'Second ranker', spec: { eks: later } },
  refusals,
}
