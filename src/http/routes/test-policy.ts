import { z } from '@hono/zod-openapi'
import { everyTeam } from '../../cluster/actor.ts'
import { policyTestMostDays } from '../../cluster/policy.ts'
import { testPolicy as runTest } from '../../store/test-policy.ts'
import { operation } from '../operation.ts'
import { pageFields, pageOf, pageParameters } from '../page.ts'
import { policyTeam, policyTeamParameter, requireEveryTeam, requireSense } from '../policy-of-path.ts'
import { json } from '../reply.ts'
import { actorSnapshot } from '../schemas/cluster.ts'
import { exampleIds, id, time } from '../schemas/ids.ts'
import { exampleRules, policyRules } from '../schemas/policy.ts'
import { policyFinding } from '../schemas/policy-decision.ts'

const verdict = z.enum(['ALLOW', 'DENY', 'APPROVAL'])

const result = z.object({
  auditEntry: id('aud').openapi({ description: 'The entry of the request.' }),
  time,
  actor: actorSnapshot,
  team: z.string(),
  act: z.enum(['create', 'update', 'resume']),
  clusterId: id('clu').nullable().openapi({ description: 'Null where there never was a cluster.' }),
  name: z.string(),
  was: verdict.openapi({ description: 'What was decided then.' }),
  decision: verdict.openapi({ description: 'What the proposed policy would have decided.' }),
  rules: z.array(policyFinding),
})

export const testPolicy = operation({
  operationId: 'testPolicy',
  method: 'post',
  path: '/teams/{team}/policy/test',
  tags: ['Access'],
  summary: 'Test a policy on past requests',
  description:
    'Holds the creates, updates and resumes of the last days against a proposed policy, each with what the team really held at that moment, and lists those that it would have refused or held back, newest first. Of `*` they are those of all teams without a policy of their own. Changes nothing.',
  permission: 'policy.write',
  audit: 'policy.test',
  whileFrozen: true,
  params: policyTeamParameter,
  query: z.strictObject(pageParameters),
  body: {
    schema: z
      .strictObject({
        rules: policyRules,
        days: z.int().min(1).max(policyTestMostDays).default(30).openapi({ description: 'How far back.' }),
      })
      .openapi('TestPolicyRequest'),
    contentTypes: ['application/json'],
    examples: {
      month: { summary: 'The last thirty days', value: { rules: exampleRules, days: 30 } },
    },
  },
  responses: {
    200: {
      description: 'A page of what it would have refused or held back.',
      schema: z
        .object({
          tested: z.int().openapi({ description: 'Requests that this page looked at.' }),
          results: z.array(result),
          nextPageToken: pageFields.nextPageToken,
        })
        .openapi('PolicyTest'),
      example: {
        tested: 42,
        results: [
          {
            auditEntry: exampleIds.aud,
            time: '2026-03-01T09:30:00.000Z',
            actor: { type: 'api_key', id: exampleIds.key, displayName: 'search-ci' },
            team: 'search',
            act: 'create',
            clusterId: exampleIds.clu,
            name: 'search-index',
            was: 'ALLOW',
            decision: 'DENY',
            rules: [{ rule: 'quotas.clusters', input: 11, limit: 10 }],
          },
        ],
      },
    },
  },
  problems: ['invalid-page-token'],
  handler: async (call) => {
    const team = policyTeam(call)
    if (team === everyTeam) requireEveryTeam(call)
    const { rules, days } = call.body
    await requireSense(call, team, rules)
    const tested = await runTest(call.deps.store, { team, rules, days, ...pageOf(call.query) })
    const { nextPageToken, ...page } = tested
    return json(200, { ...page, ...(nextPageToken !== null && { nextPageToken }) })
  },
})
