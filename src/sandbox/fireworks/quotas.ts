import type { Account } from './accounts.ts'

const LIMITS = { 'h100-us-iowa-1': '8', 'monthly-spend-usd': '500', 'serverless-inference-rpm': '6000' }

/** Fixed figures; nothing here uses anything up. Whole numbers of 64 bits travel as text. */
export function quotasOf(account: Account) {
  return Object.entries(LIMITS).map(([id, limit]) => ({
    name: `accounts/${account.accountId}/quotas/${id}`,
    value: limit,
    maxValue: limit,
    usage: 0,
    updateTime: new Date(account.createTime).toISOString(),
  }))
}
