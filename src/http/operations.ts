import type { Json } from '../cluster/json.ts'
import type { Adapters } from '../cluster/provider.ts'
import { objectAt } from './docs/openapi-parts.ts'
import { referencePage } from './docs/reference.ts'
import { describe } from './openapi/document.ts'
import type { Operation } from './operation.ts'
import { approveCluster } from './routes/approve-cluster.ts'
import { createApiKey } from './routes/create-api-key.ts'
import { createCluster } from './routes/create-cluster.ts'
import { createConnection } from './routes/create-connection.ts'
import { deleteCluster } from './routes/delete-cluster.ts'
import { deleteConnection } from './routes/delete-connection.ts'
import { deletePolicy } from './routes/delete-policy.ts'
import { diffClusters } from './routes/diff-clusters.ts'
import { getApiKey } from './routes/get-api-key.ts'
import { getAuditConsistency } from './routes/get-audit-consistency.ts'
import { getAuditEntry } from './routes/get-audit-entry.ts'
import { getAuditEntryProof } from './routes/get-audit-entry-proof.ts'
import { getCluster } from './routes/get-cluster.ts'
import { getClusterAccess } from './routes/get-cluster-access.ts'
import { getClusterHistory } from './routes/get-cluster-history.ts'
import { getConnection } from './routes/get-connection.ts'
import { getDocs } from './routes/get-docs.ts'
import { getFreeze } from './routes/get-freeze.ts'
import { getHealth } from './routes/get-health.ts'
import { getLatestAuditCheckpoint } from './routes/get-latest-audit-checkpoint.ts'
import { getMasterKeys } from './routes/get-master-keys.ts'
import { getMetrics } from './routes/get-metrics.ts'
import { getOpenapi } from './routes/get-openapi.ts'
import { getPolicy } from './routes/get-policy.ts'
import { getProblem } from './routes/get-problem.ts'
import { getProvider } from './routes/get-provider.ts'
import { getReadiness } from './routes/get-readiness.ts'
import { getRoot } from './routes/get-root.ts'
import { getTeam } from './routes/get-team.ts'
import { importClusters } from './routes/import-clusters.ts'
import { listApiKeys } from './routes/list-api-keys.ts'
import { listAuditCheckpointKeys } from './routes/list-audit-checkpoint-keys.ts'
import { listAuditEntries } from './routes/list-audit-entries.ts'
import { listClusters } from './routes/list-clusters.ts'
import { listConnectionProjects } from './routes/list-connection-projects.ts'
import { listConnectionRegions } from './routes/list-connection-regions.ts'
import { listConnections } from './routes/list-connections.ts'
import { listProviders } from './routes/list-providers.ts'
import { listTeams } from './routes/list-teams.ts'
import { refreshCluster } from './routes/refresh-cluster.ts'
import { rejectCluster } from './routes/reject-cluster.ts'
import { releaseCluster } from './routes/release-cluster.ts'
import { resumeCluster } from './routes/resume-cluster.ts'
import { retireMasterKey } from './routes/retire-master-key.ts'
import { retryCluster } from './routes/retry-cluster.ts'
import { revealCredentials } from './routes/reveal-credentials.ts'
import { revokeApiKey } from './routes/revoke-api-key.ts'
import { rotateApiKey } from './routes/rotate-api-key.ts'
import { rotateMasterKey } from './routes/rotate-master-key.ts'
import { summarizeClusters } from './routes/summarize-clusters.ts'
import { supplyCredentials } from './routes/supply-credentials.ts'
import { suspendCluster } from './routes/suspend-cluster.ts'
import { syncConnection } from './routes/sync-connection.ts'
import { testPolicy } from './routes/test-policy.ts'
import { updateCluster } from './routes/update-cluster.ts'
import { updateConnection } from './routes/update-connection.ts'
import { updateFreeze } from './routes/update-freeze.ts'
import { updatePolicy } from './routes/update-policy.ts'
import { updateTeam } from './routes/update-team.ts'
import { verifyConnection } from './routes/verify-connection.ts'
import { whoAmI } from './routes/who-am-i.ts'

/** The table of contents: every operation, in the order in which the reference shows them. */
export function operations(adapters: Adapters, version: string): Operation[] {
  const document = once(() => JSON.stringify(describe(all, version)))
  const reference = once(() => referencePage(objectAt(JSON.parse(document()) as Json)))
  const all: Operation[] = [
    createCluster(adapters),
    listClusters,
    summarizeClusters,
    diffClusters,
    getCluster,
    updateCluster,
    deleteCluster,
    suspendCluster,
    resumeCluster,
    refreshCluster,
    retryCluster,
    releaseCluster,
    approveCluster,
    rejectCluster,
    importClusters,
    getClusterAccess,
    revealCredentials,
    supplyCredentials,
    createConnection(adapters),
    listConnections,
    getConnection,
    updateConnection,
    deleteConnection,
    verifyConnection,
    syncConnection,
    listConnectionRegions,
    listConnectionProjects,
    listProviders,
    getProvider,
    listAuditEntries,
    getAuditEntry,
    getAuditEntryProof,
    getLatestAuditCheckpoint,
    getAuditConsistency,
    listAuditCheckpointKeys,
    getClusterHistory,
    createApiKey,
    listApiKeys,
    getApiKey,
    rotateApiKey,
    revokeApiKey,
    listTeams,
    getTeam,
    updateTeam,
    getPolicy,
    updatePolicy,
    deletePolicy,
    testPolicy,
    whoAmI,
    getFreeze,
    updateFreeze,
    getMasterKeys,
    rotateMasterKey,
    retireMasterKey,
    getHealth,
    getReadiness,
    getMetrics,
    getOpenapi(document),
    getDocs(reference),
    getProblem,
    getRoot,
  ]
  return all
}

/** Made when it is first asked for: most processes never are. */
function once(make: () => string): () => string {
  let made: string | undefined
  return () => {
    made ??= make()
    return made
  }
}
