import { supplyCredentials as supply } from '../../store/credentials.ts'
import { clusterReply } from '../cluster-reply.ts'
import { operation } from '../operation.ts'
import { clusterSchema } from '../schemas/cluster.ts'
import { exampleCredentials, suppliedCredentialsSchema } from '../schemas/credentials.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleCluster } from '../visible.ts'

export const supplyCredentials = operation({
  operationId: 'supplyCredentials',
  method: 'put',
  path: '/clusters/{id}/credentials',
  tags: ['Credentials'],
  summary: "Supply a cluster's credentials",
  description:
    'Stores credentials that you have, sealed, in the place of any before them: after they were lost, after a change at the provider, or for an imported cluster. With `oneTimeReveal` the first reveal is the only one.',
  permission: 'cluster.write',
  audit: 'credential.supply',
  params: idParameter('clu', 'cluster'),
  headers: ['ifMatch', 'reason'],
  body: {
    schema: suppliedCredentialsSchema,
    contentTypes: ['application/json'],
    examples: {
      password: { summary: 'A user name and a password', value: exampleCredentials },
      oneTime: {
        summary: 'For one reveal and no more',
        value: { ...exampleCredentials, oneTimeReveal: true },
      },
    },
  },
  responses: {
    200: {
      description: 'Stored. `credentialState` is `SUPPLIED`.',
      schema: clusterSchema,
      headers: { ETag: 'The ETag of the cluster.' },
    },
  },
  problems: ['wrong-state'],
  handler: async (call) => {
    const { store, vault } = call.deps
    const cluster = await visibleCluster(call)
    const text = JSON.stringify(call.body)
    const changed = await supply(store, call.mutation, cluster.id, (place) => vault.seal(text, place))
    return clusterReply(200, changed)
  },
})
