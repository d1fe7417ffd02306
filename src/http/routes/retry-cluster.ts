import { requestRetry } from '../../store/change-cluster.ts'
import { clusterAction } from '../cluster-action.ts'

export const retryCluster = clusterAction({
  verb: 'retry',
  audit: 'cluster.retry',
  summary: 'Go on with a failed operation',
  description:
    'Goes on from where the last operation failed. A create that may have reached the provider is looked for there first, so that there are never two.',
  problems: ['policy-denied'],
  request: requestRetry,
})
