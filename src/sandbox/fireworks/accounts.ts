import { z } from 'zod'
import { RpcError } from './rpc-error.ts'

export const suspendStateSchema = z.enum([
  'UNSUSPENDED',
  'FAILED_PAYMENTS',
  'CREDIT_DEPLETED',
  'MONTHLY_SPEND_LIMIT_EXCEEDED',
  'BLOCKED_BY_ABUSE_RULE',
])

export type SuspendState = z.infer<typeof suspendStateSchema>

/** An account of the sandbox. Without an `apiKey` of its own it is seen with the sandbox's main key. */
export interface FireworksAccountOptions {
  accountId: string
  apiKey?: string
  displayName?: string
  email?: string
  /** Default `ENTERPRISE`; only such accounts have an audit log. */
  accountType?: 'ACCOUNT_TYPE_UNSPECIFIED' | 'ENTERPRISE'
  suspendState?: SuspendState
}

export interface Account extends Required<FireworksAccountOptions> {
  createTime: number
}

/** Who a key belongs to. */
export interface Caller {
  apiKeyId: string
  accounts: readonly Account[]
}

export function makeAccount(options: FireworksAccountOptions, mainKey: string): Account {
  return {
    accountId: options.accountId,
    apiKey: options.apiKey ?? mainKey,
    displayName: options.displayName ?? options.accountId,
    email: options.email ?? `owner@${options.accountId}.example`,
    accountType: options.accountType ?? 'ENTERPRISE',
    suspendState: options.suspendState ?? 'UNSUSPENDED',
    createTime: Date.UTC(2025, 0, 15, 9, 30),
  }
}

/** Finds the caller by `Authorization: Bearer` or `X-Api-Key`. @throws RpcError UNAUTHENTICATED */
export function authenticate(headers: Headers, accounts: readonly Account[]): Caller {
  const key = bearerToken(headers.get('authorization')) ?? headers.get('x-api-key')
  if (!key) throw new RpcError('UNAUTHENTICATED', 'missing API key')
  const own = accounts.filter((account) => account.apiKey === key)
  const index = accounts.findIndex((account) => account.apiKey === key)
  if (index === -1) throw new RpcError('UNAUTHENTICATED', 'invalid API key')
  return { apiKeyId: `key-${index + 1}`, accounts: own }
}

export function describeAccount(account: Account) {
  const time = new Date(account.createTime).toISOString()
  return {
    name: `accounts/${account.accountId}`,
    displayName: account.displayName,
    createTime: time,
    accountType: account.accountType,
    email: account.email,
    state: 'READY',
    status: { code: 'OK', message: '' },
    suspendState: account.suspendState,
    updateTime: time,
    notificationSettings: { monthlySpendThresholds: [] },
  }
}

function bearerToken(header: string | null): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
}
