import { requestPowerChange } from '../../store/change-cluster.ts'
import { clusterAction, requireAbility } from '../cluster-action.ts'

export const suspendCluster = clusterAction({
  verb: 'suspend',
  audit: 'cluster.suspend',
  summary: 'Suspend a cluster',
  description:
    'Stops the compute of a `READY` cluster and keeps its data, where the provider and the plan can.',
  problems: ['unsupported-by-provider', 'operation-in-progress'],
  check: (call, cluster) => requireAbility(call, cluster, 'suspend'),
  request: (store, mutation, id) => requestPowerChange(store, mutation, id, 'suspend'),
})
