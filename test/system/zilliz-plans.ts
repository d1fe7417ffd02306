import type { JsonObject } from '../../src/cluster/json.ts'
import { projectId } from './upstream/fake-zilliz.ts'

export interface ZillizPlan {
  name: string
  order: JsonObject
  product: string
  /** The whole body that must arrive at the provider. */
  body: JsonObject
}

const region = 'gcp-us-west1'
const common = { projectId, regionId: region }

/** An order of every kind, and what must arrive of it. */
export const zillizPlans: ZillizPlan[] = [
  {
    name: 'Serverless-05',
    order: { region, spec: { plan: 'SERVERLESS', projectId } },
    product: 'createServerless',
    body: { clusterName: 'Serverless-05', ...common },
  },
  {
    name: 'free-1',
    order: { region, spec: { plan: 'FREE', projectId, description: 'to try' }, labels: { env: 'dev' } },
    product: 'createFree',
    body: { clusterName: 'free-1', ...common, description: 'to try' },
  },
  {
    name: 'dedicated-1',
    order: {
      region,
      spec: {
        plan: 'DEDICATED',
        projectId,
        tier: 'Enterprise',
        cuType: 'Performance-optimized',
        cuSize: 8,
        replica: 2,
      },
      labels: { env: 'prod', 'example.com/cost': 'a1' },
    },
    product: 'createDedicated',
    body: {
      clusterName: 'dedicated-1',
      ...common,
      plan: 'Enterprise',
      cuType: 'Performance-optimized',
      cuSize: 8,
      replica: 2,
      labels: { env: 'prod', 'example.com/cost': 'a1' },
    },
  },
  {
    name: 'autoscaled-1',
    order: {
      region,
      spec: {
        plan: 'DEDICATED',
        projectId,
        cuType: 'Capacity-optimized',
        autoscaling: { cu: { min: 2, max: 8 } },
      },
    },
    product: 'createDedicated',
    body: {
      clusterName: 'autoscaled-1',
      ...common,
      cuType: 'Capacity-optimized',
      autoscaling: { cu: { min: 2, max: 8 } },
    },
  },
  {
    name: 'own-cloud-1',
    order: {
      spec: {
        plan: 'DEDICATED',
        projectId,
        tier: 'BusinessCritical',
        cuType: 'Tiered-storage',
        cuSize: 8,
        bucketInfo: { bucketName: 'vectors', prefix: 'prod/' },
        keyIdentifier: 'arn:aws:kms:us-west-2:123456789012:key/1',
      },
    },
    product: 'createDedicated',
    body: {
      clusterName: 'own-cloud-1',
      projectId,
      plan: 'BusinessCritical',
      cuType: 'Tiered-storage',
      cuSize: 8,
      bucketInfo: { bucketName: 'vectors', prefix: 'prod/' },
      keyIdentifier: 'arn:aws:kms:us-west-2:123456789012:key/1',
    },
  },
]
