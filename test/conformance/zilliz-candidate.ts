import type { JsonObject } from '../../src/cluster/json.ts'
import { zilliz } from '../../src/providers/zilliz/adapter.ts'
import { createZillizSandbox } from '../../src/sandbox/zilliz/sandbox.ts'
import type { Candidate, Refusal } from './candidate.ts'

const projectId = 'proj-3f9a60d1c2b84e7752a0e8'
const region = 'gcp-us-west1'
const name = 'search-index'

const operations = {
  list: 'listClusters',
  describe: 'describeCluster',
  suspend: 'suspendCluster',
  resume: 'resumeCluster',
  delete: 'dropCluster',
  access: null,
} as const

const refusals: readonly Refusal[] = [
  {
    title: 'a taken name',
    error: { code: 40013, message: 'The specified cluster name already exists.' },
    kind: 'name-taken',
    applied: 'no',
  },
  {
    title: 'a busy cluster',
    error: { code: 40003, message: 'Action not available given the current status of the cluster.' },
    kind: 'wrong-state',
    applied: 'no',
  },
  {
    title: 'a parameter',
    error: { code: 80000, message: 'Incorrect parameter', httpStatus: 400 },
    kind: 'invalid',
    applied: 'no',
  },
  {
    title: 'no permission',
    error: { code: 96012, message: 'No permission for this project.' },
    kind: 'forbidden',
    applied: 'no',
  },
  {
    title: 'no contract',
    error: { code: 80008, message: 'Please contact us.' },
    kind: 'quota',
    applied: 'no',
  },
  {
    title: 'a quota of which no catalogue knows',
    error: { code: 80999, message: 'The number of clusters in this project has reached its limit.' },
    kind: 'quota',
    applied: 'no',
  },
  {
    title: 'another plan',
    error: { code: 96028, message: 'Feature only supported for enterprise plan clusters.' },
    kind: 'unsupported',
    applied: 'no',
  },
  {
    title: 'the rate',
    error: { code: 429, message: 'Too Many Requests' },
    kind: 'rate-limited',
    applied: 'no',
  },
  {
    title: 'a key, inside HTTP 200',
    error: { code: 21119, message: 'The apikey is illegal' },
    kind: 'unauthenticated',
    applied: 'no',
  },
  {
    title: 'a fault of its own, inside HTTP 200',
    error: { code: 500, message: 'Something broke' },
    kind: 'unavailable',
    applied: 'unknown',
  },
  {
    title: 'a fault of its own',
    error: { code: 96024, message: 'Something broke', httpStatus: 500 },
    kind: 'unavailable',
    applied: 'unknown',
  },
  {
    title: 'a code that nobody has explained',
    error: { code: 99999, message: 'Hm.' },
    kind: 'invalid',
    applied: 'unknown',
  },
]

function openSandbox(
  options: Parameters<Candidate['openSandbox']>[0],
  kind: 'dedicated' | 'serverless',
): ReturnType<Candidate['openSandbox']> {
  const sandbox = createZillizSandbox({ ...options, rateLimit: false })
  return {
    ...sandbox,
    addNamed: (clusterName) => {
      sandbox.addCluster({ clusterName, projectId, regionId: region, kind })
    },
  }
}

const dedicatedSpec = {
  plan: 'DEDICATED',
  projectId,
  tier: 'Enterprise',
  cuType: 'Performance-optimized',
  cuSize: 8,
  replica: 1,
} satisfies JsonObject

const { cuSize: _, ...sizeless } = dedicatedSpec

export const zillizDedicated: Candidate = {
  title: 'zilliz, dedicated',
  adapter: zilliz,
  openSandbox: (options) => openSandbox(options, 'dedicated'),
  settings: { orgId: 'org-conformance' },
  wanted: { name, displayName: 'Search index', region, labels: { env: 'prod' }, spec: dedicatedSpec },
  operations: { ...operations, create: 'createDedicated' },
  unsupported: [],
  updates: [
    { operation: 'renameCluster', change: { name: 'renamed' } },
    { operation: 'setLabels', change: { labels: { env: 'test' } } },
    {
      operation: 'modifyCluster',
      change: { spec: { ...sizeless, autoscaling: { cu: { min: 8, max: 16 } } } },
    },
    { operation: 'modifyReplica', change: { spec: { ...dedicatedSpec, replica: 2 } } },
    { operation: 'updateCluster', change: { spec: { ...dedicatedSpec, description: 'Search' } } },
  ],
  change: {
    name: 'renamed',
    labels: { env: 'test' },
    spec: { ...dedicatedSpec, cuSize: 16, replica: 2, description: 'Search' },
  },
  changed: { name: 'renamed', spec: { ...dedicatedSpec, cuSize: 16, replica: 2, description: 'Search' } },
  refusals,
}

const serverlessSpec = { plan: 'SERVERLESS', projectId, description: 'Search' } satisfies JsonObject

export const zillizServerless: Candidate = {
  title: 'zilliz, serverless',
  adapter: zilliz,
  openSandbox: (options) => openSandbox(options, 'serverless'),
  settings: {},
  wanted: { name, displayName: 'Search index', region, labels: {}, spec: serverlessSpec },
  operations: { ...operations, create: 'createServerless' },
  unsupported: ['suspend', 'resume'],
  updates: [{ operation: 'renameCluster', change: { name: 'renamed' } }],
  change: { name: 'renamed' },
  changed: { name: 'renamed', spec: serverlessSpec },
  refusals,
}
