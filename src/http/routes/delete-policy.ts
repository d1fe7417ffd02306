import { putPolicy, renderPolicy } from '../../store/policies.ts'
import { operation } from '../operation.ts'
import { policyTeam, policyTeamParameter } from '../policy-of-path.ts'
import { json } from '../reply.ts'
import { policySchema } from '../schemas/policy.ts'

export const deletePolicy = operation({
  operationId: 'deletePolicy',
  method: 'delete',
  path: '/teams/{team}/policy',
  tags: ['Access'],
  summary: "Delete a team's policy",
  description:
    'From then on the team is held to the policy of `*`, or without that to none. It takes an admin of all teams.',
  permission: 'policy.write',
  audit: 'policy.delete',
  // A team does not loosen its own limits.
  everyTeam: true,
  params: policyTeamParameter,
  headers: ['ifMatch', 'reason'],
  responses: { 200: { description: 'The policy that holds for the team now.', schema: policySchema } },
  handler: async (call) => {
    const team = policyTeam(call)
    const policy = renderPolicy(await putPolicy(call.deps.store, call.mutation, team, null))
    return json(200, policy, { etag: policy.etag })
  },
})
