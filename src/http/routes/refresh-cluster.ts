import { requestRefresh } from '../../store/change-cluster.ts'
import { clusterAction } from '../cluster-action.ts'

export const refreshCluster = clusterAction({
  verb: 'refresh',
  audit: 'cluster.refresh',
  summary: 'Ask for a fresh observation',
  description:
    'Has the provider asked soon what the cluster is like; `observedTime` tells when it was. Nothing else changes.',
  request: requestRefresh,
})
