import { releaseCluster as release } from '../../store/change-cluster.ts'
import { clusterAction } from '../cluster-action.ts'

export const releaseCluster = clusterAction({
  verb: 'release',
  audit: 'cluster.release',
  summary: 'Stop managing a cluster',
  description:
    'Leaves the cluster as it is at its provider, and in the inventory as `UNMANAGED`. Importing it takes it back.',
  problems: ['operation-in-progress'],
  request: release,
})
