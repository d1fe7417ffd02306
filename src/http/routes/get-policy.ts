import { readTeamPolicy, renderPolicy } from '../../store/policies.ts'
import { operation } from '../operation.ts'
import { policyTeam, policyTeamParameter } from '../policy-of-path.ts'
import { json } from '../reply.ts'
import { examplePolicy, policySchema } from '../schemas/policy.ts'

export const getPolicy = operation({
  operationId: 'getPolicy',
  method: 'get',
  path: '/teams/{team}/policy',
  tags: ['Access'],
  summary: "Get a team's policy",
  description:
    'What a team may do, and how much it holds of what is counted. A team without a policy of its own is held to that of `*`, and without that to none.',
  permission: 'team.read',
  audit: 'policy.read',
  params: policyTeamParameter,
  responses: {
    200: {
      description: 'The policy that holds for the team.',
      schema: policySchema,
      example: examplePolicy,
      headers: { ETag: "Changes with the team's own policy." },
    },
  },
  handler: async (call) => {
    const policy = renderPolicy(await readTeamPolicy(call.deps.store.reader, policyTeam(call)))
    return json(200, policy, { etag: policy.etag })
  },
})
