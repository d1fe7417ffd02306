import { everyTeam } from '../../cluster/actor.ts'
import { may } from '../../cluster/caller.ts'
import { releaseCluster as release } from '../../store/change-cluster.ts'
import { clusterAction } from '../cluster-action.ts'

export const releaseCluster = clusterAction({
  verb: 'release',
  audit: 'cluster.release',
  summary: 'Stop managing a cluster',
  description:
    "Leaves the cluster as it is at its provider, and in the inventory as `UNMANAGED`: it counts for no quota and its expiry does not come. Where the team's policy sets quotas, an approval or a lifetime it takes an admin of all teams. Importing it takes it back, with its expiry.",
  problems: ['operation-in-progress'],
  request: (store, mutation, id, caller) =>
    release(store, mutation, id, { unlimited: may(caller, 'policy.write', everyTeam) }),
})
