import { createProgressOf, statusOf } from './lifecycle.ts'
import type { ZillizMode } from './mode.ts'
import type { ClusterRecord, ProjectRecord } from './records.ts'

/** What a describe answers; fields that came after 2025 last. */
export function describeRow(cluster: ClusterRecord, mode: ZillizMode, now: number, status: string): object {
  return {
    clusterId: cluster.clusterId,
    clusterName: cluster.clusterName,
    projectId: cluster.projectId,
    description: cluster.description,
    regionId: cluster.regionId,
    cuType: cluster.cuType,
    plan: planOf(cluster, mode),
    status,
    connectAddress: connectAddressOf(cluster, mode),
    privateLinkAddress: '',
    createTime: timeText(cluster.createTime),
    cuSize: cluster.cuSize,
    storageSize: 0,
    snapshotNumber: 0,
    createProgress: createProgressOf(cluster, now),
    ...(mode.year === '2025' ? {} : newerFields(cluster)),
  }
}

/** One item of a list. */
export function listRow(cluster: ClusterRecord, mode: ZillizMode, status: string): object {
  return {
    clusterId: cluster.clusterId,
    clusterName: cluster.clusterName,
    description: cluster.description,
    regionId: cluster.regionId,
    plan: planOf(cluster, mode),
    cuType: cluster.cuType,
    cuSize: cluster.cuSize,
    status,
    connectAddress: connectAddressOf(cluster, mode),
    privateLinkAddress: '',
    projectId: cluster.projectId,
    createTime: timeText(cluster.createTime),
    ...(mode.year === '2025'
      ? {}
      : { deploymentOption: deploymentOptionOf(cluster), globalClusterMeta: null }),
  }
}

export function projectRow(project: ProjectRecord, mode: ZillizMode, instanceCount: number): object {
  const { projectId, projectName, createTime, plan, regionIds, description } = project
  const row = { projectId, projectName, instanceCount, createTime: timeText(createTime) }
  return mode.year === '2025' ? row : { ...row, plan, regionIds, orgType: 'SAAS', description }
}

/** What the operator of the sandbox sees: the record itself, with what follows from it. */
export interface RawCluster extends ClusterRecord {
  /** Whether it is gone. */
  deleted: boolean
  /** Whether what it is busy with will never end. */
  stuck: boolean
}

export function rawRow(cluster: ClusterRecord): RawCluster {
  const status = statusOf(cluster)
  return {
    ...cluster,
    status,
    deleted: status === 'DELETED',
    stuck: cluster.transition?.stuck ?? false,
  }
}

function newerFields(cluster: ClusterRecord): object {
  return {
    deploymentOption: deploymentOptionOf(cluster),
    ...(cluster.kind === 'dedicated' ? { replica: cluster.replica, autoscaling: cluster.autoscaling } : {}),
    labels: cluster.labels,
    globalClusterMeta: null,
  }
}

function planOf(cluster: ClusterRecord, mode: ZillizMode): string {
  return mode.year === '2025' && cluster.kind === 'free' ? 'Serverless' : cluster.plan
}

function deploymentOptionOf(cluster: ClusterRecord): string {
  return { free: 'Free', serverless: 'Serverless', dedicated: 'Dedicated' }[cluster.kind]
}

function connectAddressOf(cluster: ClusterRecord, mode: ZillizMode): string {
  if (!cluster.wasReady) return ''
  const { clusterId, regionId } = cluster
  const dedicated = cluster.kind === 'dedicated'
  if (mode.site === 'china') {
    return dedicated
      ? `https://${clusterId}.${regionId}.vectordb.zilliz.com.cn:19530`
      : `https://${clusterId}.${regionId}.cloud.zilliz.com.cn`
  }
  if (!dedicated) return `https://${clusterId}.serverless.${regionId}.cloud.zilliz.com`
  return `https://${clusterId}.${regionId}.vectordb.zillizcloud.com:${regionId.startsWith('gcp-') ? 443 : 19530}`
}

/** ISO 8601 in UTC, to the second. */
function timeText(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}
