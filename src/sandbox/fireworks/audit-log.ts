import { z } from 'zod'
import type { Call, Operation } from './call.ts'
import { listReply } from './list-reply.ts'
import { isObject, type JsonObject } from './message.ts'
import { readQuery, textParameter, timestampParameter } from './query.ts'
import type { AuditRecord } from './records.ts'
import { AUDIT_LOG_ENTRY } from './resources.ts'
import { RpcError } from './rpc-error.ts'
import { clusterName } from './world.ts'

const THIRTY_DAYS_MS = 30 * 24 * 60 * 60 * 1000

const parameters = z.object({
  startTime: timestampParameter,
  endTime: timestampParameter,
  email: textParameter,
})

export const listAuditLogs: Operation = {
  name: 'listAuditLogs',
  method: 'GET',
  path: '/v1/accounts/:account/auditLogs',
  scope: 'suspendable',
  handle: list,
}

function list(call: Call): object {
  const { world, account, params } = call
  if (account.accountType !== 'ENTERPRISE')
    throw new RpcError('PERMISSION_DENIED', 'audit logs are available to enterprise accounts only')
  const { startTime, endTime, email } = readQuery(params, parameters)
  const from = startTime ?? world.now() - THIRTY_DAYS_MS
  const to = endTime ?? world.now()
  const rows = world
    .auditLog(account.accountId)
    .filter((record) => record.time >= from && record.time <= to)
    .filter((record) => email === '' || record.principal === email)
    .map(describe)
  const question = [startTime, endTime, email]
  return listReply(call, { member: 'auditLogs', type: AUDIT_LOG_ENTRY, rows, defaultPageSize: 10, question })
}

/** Notes a call that was made and what came of it. */
export function recordAudit(
  operation: Operation,
  call: Call,
  headers: Headers,
  refusal: RpcError | null,
): void {
  const { world, account, caller } = call
  const body = jsonOf(call.body)
  const id = call.id || (typeof body.clusterId === 'string' ? body.clusterId : '')
  const resource = clusterName(account.accountId, id)
  world.addAuditRecord({
    accountId: account.accountId,
    id: world.newId(24),
    method: `${operation.name.charAt(0).toUpperCase()}${operation.name.slice(1)}`,
    principal: account.email,
    payload: { ...body, ...(call.id ? { name: resource } : {}) },
    status: { code: refusal?.code ?? 'OK', message: refusal?.message ?? '' },
    time: world.now(),
    resource,
    userAgent: headers.get('user-agent') ?? '',
    clientIp: headers.get('x-forwarded-for')?.split(',')[0]?.trim() ?? '',
    apiKeyId: caller.apiKeyId,
  })
}

function describe(record: AuditRecord): JsonObject {
  const { time, accountId: _, ...rest } = record
  const message = `${record.method} ${record.resource}`
  return { ...rest, timestamp: new Date(time).toISOString(), message, isAdminAction: false }
}

function jsonOf(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
