import { stringify } from 'yaml'
import type { Access } from '../cluster/provider.ts'

/** A kubeconfig that asks the AWS command line for a token each time: it holds no secret. */
export function kubeconfig(name: string, access: Access & Required<Pick<Access, 'eks'>>): string {
  const { endpoint, caData, eks } = access
  const args = [
    '--region',
    eks.region,
    'eks',
    'get-token',
    '--cluster-name',
    eks.clusterName,
    '--output',
    'json',
  ]
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: endpoint,
          ...(caData !== undefined && { 'certificate-authority-data': caData }),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'aws',
            args,
            interactiveMode: 'Never',
            provideClusterInfo: false,
          },
        },
      },
    ],
  })
}
