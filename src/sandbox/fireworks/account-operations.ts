import { z } from 'zod'
import { describeAccount } from './accounts.ts'
import type { Call, Operation } from './call.ts'
import { select } from './field-mask.ts'
import { listReply } from './list-reply.ts'
import { encodeMessage, type JsonObject, type Message } from './message.ts'
import { maskParameter, readQuery } from './query.ts'
import { quotasOf } from './quotas.ts'
import { ACCOUNT, QUOTA } from './resources.ts'
import { RpcError } from './rpc-error.ts'

const getParameters = z.object({ readMask: maskParameter })

export const accountOperations: readonly Operation[] = [
  { name: 'verifyApiKey', method: 'GET', path: '/verifyApiKey', scope: 'account', handle: verifyApiKey },
  { name: 'listAccounts', method: 'GET', path: '/v1/accounts', scope: 'account', handle: listAccounts },
  { name: 'getAccount', method: 'GET', path: '/v1/accounts/:account', scope: 'account', handle: getAccount },
  {
    name: 'listQuotas',
    method: 'GET',
    path: '/v1/accounts/:account/quotas',
    scope: 'suspendable',
    handle: listQuotas,
  },
  {
    name: 'getQuota',
    method: 'GET',
    path: '/v1/accounts/:account/quotas/:id',
    scope: 'suspendable',
    handle: getQuota,
  },
]

function verifyApiKey({ account }: Call): Response {
  return Response.json({}, { headers: { 'x-fireworks-account-id': account.accountId } })
}

function listAccounts(call: Call): object {
  const rows = call.caller.accounts.map(describeAccount)
  rows.sort((a, b) => (a.name < b.name ? -1 : 1))
  return listReply(call, { member: 'accounts', type: ACCOUNT, rows, filtered: true })
}

function getAccount(call: Call): object {
  return masked(call, ACCOUNT, describeAccount(call.account))
}

function listQuotas(call: Call): object {
  const rows = quotasOf(call.account)
  return listReply(call, { member: 'quotas', type: QUOTA, rows, ordered: true, filtered: true })
}

function getQuota(call: Call): object {
  const name = `accounts/${call.account.accountId}/quotas/${call.id}`
  const quota = quotasOf(call.account).find((candidate) => candidate.name === name)
  if (!quota) throw new RpcError('NOT_FOUND', `Quota "${name}" not found`)
  return masked(call, QUOTA, quota)
}

function masked({ params, world }: Call, type: Message, whole: JsonObject): JsonObject {
  const { readMask } = readQuery(params, getParameters)
  return encodeMessage(type, select(type, whole, readMask), world.mode.unsetFields)
}
