import { z } from '@hono/zod-openapi'
import type { Cluster } from '../../cluster/cluster.ts'
import { invalid, Problem } from '../../cluster/problem.ts'
import { alreadyRevealed, revealCredentials as reveal } from '../../store/credentials.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { credentialsSchema, exampleCredentials, suppliedCredentialsSchema } from '../schemas/credentials.ts'
import { idParameter } from '../schemas/ids.ts'
import { visibleCluster } from '../visible.ts'

const body = z
  .strictObject({
    reason: z.string().trim().min(1).max(512).optional().openapi({ description: 'Why you need them.' }),
    oneTime: z.boolean().optional().openapi({
      description: 'Remove them from the gateway with this reveal, so that there is no other.',
      default: false,
    }),
  })
  .openapi('RevealCredentialsRequest')

export const revealCredentials = operation({
  operationId: 'revealCredentials',
  method: 'post',
  path: '/clusters/{id}/credentials/reveal',
  tags: ['Credentials'],
  summary: "Reveal a cluster's credentials",
  description:
    'Gives the secret, once the reason is in the audit log: as `reason` in the body, or in the `Reason` header. Every reveal is an event of its own, so an `Idempotency-Key` has no effect. With `oneTime`, or where they were supplied with `oneTimeReveal`, this is the only one: they are removed before they are answered, `credentialState` becomes `REVEALED`, and another reveal answers 409 `already-revealed`. An answer that is lost on its way is lost for good then.',
  permission: 'credential.reveal',
  audit: 'credential.reveal',
  whileFrozen: true,
  params: idParameter('clu', 'cluster'),
  headers: ['reason'],
  body: {
    schema: body,
    contentTypes: ['application/json'],
    examples: {
      incident: { summary: 'With a reason', value: { reason: 'INC-1042: rotate the reader' } },
      oneTime: {
        summary: 'Once and never again',
        value: { reason: 'to the vault of the team', oneTime: true },
      },
    },
    optional: true,
  },
  responses: {
    200: {
      description: 'The secret. It must not be stored by anything on the way.',
      schema: credentialsSchema,
      example: exampleCredentials,
    },
  },
  problems: ['no-credentials', 'credentials-lost', 'already-revealed'],
  handler: async (call) => {
    const cluster = await visibleCluster(call)
    const reason = call.body.reason ?? call.mutation.who.reason
    if (reason === undefined) {
      throw invalid([{ pointer: '/reason', detail: 'is required, here or in the Reason header' }])
    }
    requireCredentials(cluster)
    const { store, vault, hide } = call.deps
    const mutation = { ...call.mutation, who: { ...call.mutation.who, reason } }
    const { oneTime = false } = call.body
    const { username, password } = await reveal(store, mutation, cluster, async (sealed, place) => {
      const text = await vault.open(sealed, place)
      const value = suppliedCredentialsSchema.parse(JSON.parse(text))
      hide(value.password)
      return { value, once: oneTime || value.oneTimeReveal === true }
    })
    return json(200, { username, password })
  },
})

function requireCredentials({ credentialState, id }: Cluster): void {
  if (credentialState === 'NONE') {
    throw new Problem(
      'no-credentials',
      'The provider gave no credentials for this cluster, and none were supplied.',
    )
  }
  if (credentialState === 'LOST') {
    const detail = `The provider gives a password once, and the reply that carried it never arrived, or the master key that sealed it was lost. Three remedies: reset the password or make an API key in the provider's console and supply it (PUT /clusters/${id}/credentials); use a key of the account instead, which the provider accepts too; or delete the cluster and create it again.`
    throw new Problem('credentials-lost', detail)
  }
  if (credentialState === 'REVEALED') throw alreadyRevealed(id)
}
