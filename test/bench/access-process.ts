import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import type { AppDeps } from '../../src/http/app-deps.ts'
import { Authenticator } from '../../src/http/authenticator.ts'
import { mount } from '../../src/http/mount.ts'
import { operation, publicOperation } from '../../src/http/operation.ts'
import { jsonText } from '../../src/http/reply.ts'
import { LiveKeyring } from '../../src/keys/live-keyring.ts'
import { MasterKeys } from '../../src/keys/master-keys.ts'
import { createLoggers } from '../../src/log.ts'
import { createMetrics } from '../../src/metrics.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { openSqlite } from '../../src/store/open.ts'
import { parseMasterKey } from '../../src/vault/keyring.ts'
import { SecretValues } from '../../src/vault/secret-values.ts'
import { audience, TestIssuer } from '../http/issuer.ts'
import { type Probe, probe } from './probe.ts'
import { answerCalls } from './rpc.ts'

/** The gateway's own way to a handler, with two that answer the same text: for anybody, and for who may read. */
const text = JSON.stringify({ text: 'x'.repeat(1000) })
const declared = {
  method: 'get',
  tags: ['Access'],
  summary: 'Answer a text',
  description: 'The same as the other one.',
  responses: { 200: { description: 'The text.', schema: z.object({ text: z.string() }) } },
} as const
const open = publicOperation({
  ...declared,
  operationId: 'open',
  path: '/open',
  permission: 'public',
  audit: { notAudited: 'for comparison' },
  handler: () => jsonText(200, text),
})
const guarded = operation({
  ...declared,
  operationId: 'guarded',
  path: '/guarded',
  permission: 'self.read',
  audit: 'self.read',
  handler: () => jsonText(200, text),
})

const secrets = new SecretValues()
const issuer = await TestIssuer.open()

/** Answers its address, and a token that it takes. */
async function listen(database: string, masterKey: string): Promise<{ url: string; token: string }> {
  const store = openSqlite({ path: database, clock: systemClock, newId })
  const loggers = createLoggers({ level: 'info', secrets })
  const none = { kind: 'none' } as const
  const given = { current: parseMasterKey(masterKey), former: [] }
  const keyring = new LiveKeyring(given, { current: none, previous: none }, () => {})
  const masterKeys = new MasterKeys({ store, keyring, log: loggers.log })
  const deps: AppDeps = {
    store,
    metrics: createMetrics({
      version: 'bench',
      store,
      circuits: () => [],
      sequencer: () => 'working',
      ofProcess: false,
    }),
    vault: masterKeys.vault,
    masterKeys,
    adapters,
    tokens: issuer.verifier(systemClock),
    clock: systemClock,
    ...loggers,
    scrub: (text) => secrets.scrub(text),
    config: { allowLoopbackUpstreams: false, version: 'bench', authFailuresPerMinute: 30 },
    hide: () => {},
    readiness: () => ({ ready: true, checks: {} }),
    circuitOf: () => 'CLOSED',
    stopping: new AbortController().signal,
  }
  const app = new Hono()
  for (const each of [open, guarded]) mount(app, deps, new Authenticator(deps), each.path, [each])
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  const now = Math.floor(systemClock.now() / 1000)
  const token = await issuer.token({ aud: audience, iat: now, exp: now + 12 * 3600 })
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, token }
}

const calls = { ...probe, listen }
export type AccessCalls = Probe & typeof calls
answerCalls(calls)
