import { toRfc3339 } from '../cluster/clock.ts'
import { judge } from '../cluster/judge-policy.ts'
import type { PolicyFinding, PolicyRules, PolicyVerdict } from '../cluster/policy.ts'
import { listPolicyRequests, type PolicyRequestRow, type RequestPosition } from './policy-requests.ts'
import type { Store } from './store.ts'

export interface PolicyTest {
  team: string
  rules: PolicyRules
  days: number
  pageSize: number
  pageToken: string | undefined
}

const dayMs = 24 * 3600_000
const rowsAtOnce = 200

/** Requests that one page looks at; between them other requests are answered. */
const mostPerPage = 5000

/**
 * Judges the requests of the last days by proposed rules, newest first, each with what the team really held then.
 * Changes nothing. A page ends when it is full, or has looked at enough.
 */
export async function testPolicy(store: Store, { pageSize, pageToken, ...test }: PolicyTest) {
  const bound = ['policy test by time', test]
  const token = pageToken === undefined ? [] : store.pageTokens.read(bound, pageToken)
  const [since = store.clock.now() - test.days * dayMs, time, id] = token as [number?, number?, string?]
  const results: ReturnType<typeof renderResult>[] = []
  let before: RequestPosition | null = time === undefined || id === undefined ? null : { time, id }
  let tested = 0
  for (;;) {
    const query = { team: test.team, since, before, limit: rowsAtOnce }
    const rows = await listPolicyRequests(store, query)
    for (const row of rows) {
      before = row
      tested += 1
      const { decision, rules } = judge(test.rules, row.request)
      if (decision !== 'ALLOW') results.push(renderResult(row, decision, rules))
      if (results.length === pageSize) break
    }
    if (before === null || (rows.length < rowsAtOnce && before === (rows.at(-1) ?? before))) {
      return { tested, results, nextPageToken: null }
    }
    if (results.length === pageSize || tested >= mostPerPage) {
      const next = store.pageTokens.write(bound, [since, before.time, before.id])
      return { tested, results, nextPageToken: next }
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function renderResult(row: PolicyRequestRow, decision: PolicyVerdict, rules: PolicyFinding[]) {
  return {
    auditEntry: row.id,
    time: toRfc3339(row.time),
    actor: row.actor,
    team: row.team,
    act: row.request.act,
    clusterId: row.clusterId,
    name: row.request.after.name,
    was: row.decision,
    decision,
    rules,
  }
}
