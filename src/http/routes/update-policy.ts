import { z } from '@hono/zod-openapi'
import { requireMatch } from '../../store/mutation.ts'
import { nextPolicy, type Policy, putPolicy, readTeamPolicy, renderPolicy } from '../../store/policies.ts'
import { operation } from '../operation.ts'
import { flag } from '../page.ts'
import { policyTeam, policyTeamParameter, requireSense } from '../policy-of-path.ts'
import { json } from '../reply.ts'
import { examplePolicy, exampleRules, policySchema, policySettings } from '../schemas/policy.ts'

export const updatePolicy = operation({
  operationId: 'updatePolicy',
  method: 'put',
  path: '/teams/{team}/policy',
  tags: ['Access'],
  summary: "Set a team's policy",
  description:
    'Sets all the rules that a team is held to, from the next request on; what is left out is not limited. Clusters that there are stay as they are. A policy that contradicts itself is refused. It takes an admin of all teams.',
  permission: 'policy.write',
  audit: 'policy.update',
  // A team does not loosen its own limits.
  everyTeam: true,
  params: policyTeamParameter,
  query: z.strictObject({ validateOnly: flag('Check everything and change nothing.') }),
  headers: ['ifMatch', 'reason'],
  body: {
    schema: policySettings,
    contentTypes: ['application/json'],
    examples: {
      quotas: {
        summary: 'Some plans, sizes and labels, quotas, and an approval above half of one',
        value: { rules: exampleRules },
      },
    },
  },
  responses: {
    200: {
      description: 'The policy as it is now; with `validateOnly`, as it would be.',
      schema: policySchema,
      example: examplePolicy,
      headers: { ETag: "Changes with the team's own policy." },
    },
  },
  handler: async (call) => {
    const team = policyTeam(call)
    const { store, clock } = call.deps
    const { rules } = call.body
    await requireSense(call, team, rules)
    if (!call.query.validateOnly) {
      const policy = renderPolicy(await putPolicy(store, call.mutation, team, rules))
      return json(200, policy, { etag: policy.etag })
    }
    const current = await readTeamPolicy(store.reader, team)
    requireMatch(call.mutation, current.own?.version ?? 0)
    const own: Policy = { ...nextPolicy(current.own, team, rules, clock.now()), rules }
    return json(200, renderPolicy({ ...current, own, applies: own }))
  },
})
