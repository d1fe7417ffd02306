import { requestPowerChange } from '../../store/change-cluster.ts'
import { clusterAction, requireAbility } from '../cluster-action.ts'

export const resumeCluster = clusterAction({
  verb: 'resume',
  audit: 'cluster.resume',
  summary: 'Resume a suspended cluster',
  description: 'Starts the compute of a `SUSPENDED` cluster again.',
  problems: ['policy-denied', 'unsupported-by-provider', 'operation-in-progress'],
  check: (call, cluster) => requireAbility(call, cluster, 'resume'),
  request: (store, mutation, id) => requestPowerChange(store, mutation, id, 'resume'),
})
