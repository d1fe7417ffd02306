// The service's own sentences, mistakes and all.

const PROGRESS =
  'You can access data about the creation progress and status of your cluster by DescribeCluster API. Once the cluster status is RUNNING, you may access your vector database using the SDK'

export const CREATED = `Successfully submitted, cluster is being created. ${PROGRESS} with the admin account and the initial password you specified.`

export const DROPPED =
  'The cluster has been deleted. If you consider this action to be an error, you have the option to restore the deleted cluster from the recycle bin within a 30-day period. Kindly note, this recovery feature does not apply to free clusters.'

export const SUSPENDED =
  'Successfully Submitted. The cluster will not incur any computing costs when suspended. You will only be billed for the storage costs during this time.'

export const RESUMED = `successfully Submitted. Cluster is being resumed, which is expected to takes several minutes. ${PROGRESS}.`

export const MODIFIED = `successfully submitted. Cluster is being upgraded, which is expected to take several minutes. ${PROGRESS}.`
