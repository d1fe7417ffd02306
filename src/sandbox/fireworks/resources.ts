import type { z } from 'zod'
import { enumeration, message, opaque, text, timestamp } from './message.ts'

/** The names, types and defaults of the provider's resources, in the order in which they are written. */
const STATUS = message('gateway.Status', { code: enumeration('OK'), message: text })

const EKS_CLUSTER = message('gateway.EksCluster', {
  awsAccountId: text,
  fireworksManagerRole: text,
  region: text,
  clusterName: text,
  storageBucketName: text,
  metricWriterRole: text,
  loadBalancerControllerRole: text,
  workloadIdentityPoolProviderId: text,
  inferenceRole: text,
})

const FAKE_CLUSTER = message('gateway.FakeCluster', { projectId: text, location: text, clusterName: text })

export const CLUSTER = message(
  'gateway.Cluster',
  {
    name: text,
    displayName: text,
    createTime: timestamp,
    eksCluster: EKS_CLUSTER,
    fakeCluster: FAKE_CLUSTER,
    state: enumeration('STATE_UNSPECIFIED'),
    status: STATUS,
    updateTime: timestamp,
  },
  ['eksCluster', 'fakeCluster'],
)

export const CREATE_CLUSTER_REQUEST = message('gateway.CreateClusterRequest', {
  cluster: CLUSTER,
  clusterId: text,
})

export const CONNECTION_INFO = message('gateway.ClusterConnectionInfo', { endpoint: text, caData: text })

export const ACCOUNT = message('gateway.Account', {
  name: text,
  displayName: text,
  createTime: timestamp,
  accountType: enumeration('ACCOUNT_TYPE_UNSPECIFIED'),
  email: text,
  state: enumeration('STATE_UNSPECIFIED'),
  status: STATUS,
  suspendState: enumeration('UNSUSPENDED'),
  updateTime: timestamp,
  notificationSettings: message('gateway.NotificationSettings', { monthlySpendThresholds: opaque([]) }),
})

export const AUDIT_LOG_ENTRY = message('gateway.AuditLogEntry', {
  id: text,
  method: text,
  principal: text,
  payload: opaque(null),
  status: STATUS,
  timestamp,
  message: text,
  resource: text,
  isAdminAction: opaque(false),
  userAgent: text,
  clientIp: text,
  apiKeyId: text,
})

export const QUOTA = message('gateway.Quota', {
  name: text,
  value: opaque('0'),
  maxValue: opaque('0'),
  usage: opaque(0),
  updateTime: timestamp,
})

/** A cluster as a caller may write it. */
export type ClusterBody = NonNullable<z.infer<typeof CLUSTER.decode>>
