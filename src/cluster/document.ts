import { toRfc3339 } from './clock.ts'
import type { Approval, Cluster, Operation } from './cluster.ts'

/** The strong ETag of a thing that counts its changes. */
export function etagOf(version: number): string {
  return `"${version}"`
}

/** A cluster as the API shows it. */
export function renderCluster(cluster: Omit<Cluster, 'connectionId'>) {
  return {
    id: cluster.id,
    name: cluster.name,
    displayName: cluster.displayName,
    provider: cluster.provider,
    connection: cluster.connection,
    team: cluster.team,
    region: cluster.region,
    spec: cluster.spec,
    labels: cluster.labels,
    state: cluster.state,
    stateReason: cluster.stateReason,
    providerState: cluster.providerState,
    providerDetails: cluster.providerDetails,
    externalId: cluster.externalId,
    endpoint: cluster.endpoint,
    credentialState: cluster.credentialState,
    management: cluster.management,
    deletionProtection: cluster.deletionProtection,
    expireTime: toRfc3339(cluster.expireTime),
    createdBy: cluster.createdBy,
    createTime: toRfc3339(cluster.createTime),
    updateTime: toRfc3339(cluster.updateTime),
    readyTime: toRfc3339(cluster.readyTime),
    deleteTime: toRfc3339(cluster.deleteTime),
    observedTime: toRfc3339(cluster.observedTime),
    observedVia: cluster.observedVia,
    operation: cluster.operation && renderOperation(cluster.operation),
    drift: cluster.drift && { time: toRfc3339(cluster.drift.time), changes: cluster.drift.changes },
    approval: cluster.approval && renderApproval(cluster.approval),
    etag: etagOf(cluster.version),
  }
}

function renderOperation(operation: Operation) {
  return {
    kind: operation.kind,
    status: operation.status,
    startTime: toRfc3339(operation.startTime),
    endTime: toRfc3339(operation.endTime),
    attempts: operation.attempts,
    nextAttemptTime: toRfc3339(operation.nextAttemptTime),
    error: operation.error,
  }
}

function renderApproval({ askers: _, ...approval }: Approval) {
  return {
    ...approval,
    // Spread anew, because a document is JSON and an interface is not.
    rules: approval.rules.map((finding) => ({ ...finding })),
    requestTime: toRfc3339(approval.requestTime),
    expireTime: toRfc3339(approval.expireTime),
    decideTime: toRfc3339(approval.decideTime),
  }
}
