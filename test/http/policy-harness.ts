import type { JsonObject } from '../../src/cluster/json.ts'
import type { PolicyRules } from '../../src/cluster/policy.ts'
import { type Answered, type Harness, openHarness } from './harness.ts'

export const projectId = 'proj-0123456789abcdef012345'

export function dedicated(spec: object = {}) {
  return {
    provider: 'zilliz',
    connection: 'zilliz-prod',
    region: 'gcp-us-west1',
    spec: { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized', cuSize: 8, ...spec },
  }
}

/** A gateway in which the team `search` has a policy, and one operator. */
export async function openPoliced(rules: PolicyRules): Promise<{ harness: Harness; key: string }> {
  const harness = await openHarness()
  await putPolicy(harness, rules)
  return { harness, key: await harness.makeKey('operator', 'search') }
}

export async function putPolicy(harness: Harness, rules: PolicyRules, team = 'search'): Promise<void> {
  const { status, text } = await harness.send(`PUT /teams/${team}/policy`, { body: { rules } })
  if (status !== 200) throw new Error(text)
}

export async function usageOf(harness: Harness, team = 'search'): Promise<JsonObject> {
  return (await harness.send(`GET /teams/${team}/policy`)).json.usage as JsonObject
}

/** The rules that a refusal names, each with what was asked and what is allowed. */
export function refusedBy({ status, json }: Answered): unknown {
  const { decision, rules } = (json.policy ?? {}) as JsonObject
  const findings = (rules ?? []) as JsonObject[]
  return [status, json.code, decision, findings.map(({ rule, input, limit }) => [rule, input, limit])]
}
