import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { pino } from 'pino'
import { type Role, reconcilerActor } from '../../src/cluster/actor.ts'
import { newId } from '../../src/cluster/id.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { shapesOf } from '../../src/cluster/provider.ts'
import { hashApiKey, makeApiKeyText } from '../../src/http/api-key-text.ts'
import { createApp } from '../../src/http/app.ts'
import type { AppDeps } from '../../src/http/app-deps.ts'
import { LiveKeyring } from '../../src/keys/live-keyring.ts'
import { MasterKeys } from '../../src/keys/master-keys.ts'
import { createMetrics } from '../../src/metrics.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { Sequencer } from '../../src/sequence/sequencer.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { ensureSigningKey, signingKeyPlace } from '../../src/store/audit-keys.ts'
import { type NewClusterRow, readClusterRow, updateClusterRow } from '../../src/store/cluster-rows.ts'
import type { SnapshotLimits } from '../../src/store/snapshots.ts'
import type { Store } from '../../src/store/store.ts'
import { MasterKey } from '../../src/vault/keyring.ts'
import { makeReady, openStore, removePlace, textsOf } from '../engine/open-store.ts'
import { brokenVersions } from '../store/version-chain.ts'
import { filesBelow, wholeFormsOf } from '../system/canary.ts'

export interface Sent {
  /** Text of the API key; null sends none. */
  key?: string | null
  body?: unknown
  headers?: Record<string, string>
}

export interface Answered {
  status: number
  headers: Headers
  text: string
  json: JsonObject
}

const who = {
  actor: reconcilerActor,
  requestId: 'req_harness',
  context: { ip: null, userAgent: null, interface: 'reconciler' },
} as const

export const startTime = Date.parse('2026-03-01T09:30:00.000Z')

/** The real app on a real database in a folder of its own, with a clock that stands until it is moved. */
export class Harness implements AsyncDisposable {
  readonly app: Hono
  readonly deps: AppDeps
  readonly store: Store
  readonly clock: { time: number; now(): number }
  readonly stopping = new AbortController()
  readonly hidden: string[] = []
  readonly logLines: string[] = []
  /** Everything that was answered, but for the few answers that are to tell a secret. */
  readonly #answers: [line: string, text: string][] = []
  readonly #keys: string[] = []
  readonly folder = mkdtempSync(join(tmpdir(), 'clustergate-http-'))
  readonly path = join(this.folder, 'test.db')
  /** An admin of everything. */
  admin = ''

  constructor(
    overrides: Partial<AppDeps> = {},
    writeDeadlineMs = 5000,
    snapshots: Partial<SnapshotLimits> = {},
  ) {
    const clock = { time: startTime, now: () => clock.time }
    this.clock = clock
    const shapeOf = shapesOf(adapters)
    this.store = openStore({ path: this.path, clock, newId, writeDeadlineMs, snapshots, shapeOf })
    const log = pino({ level: 'debug' }, { write: (line: string) => void this.logLines.push(line) })
    const given = { current: new MasterKey(Uint8Array.from(randomBytes(32))), former: [] }
    const none = { kind: 'none' } as const
    const keyring = new LiveKeyring(given, { current: none, previous: none }, () => {})
    const masterKeys = new MasterKeys({ store: this.store, keyring, log })
    this.deps = {
      store: this.store,
      vault: masterKeys.vault,
      masterKeys,
      adapters,
      clock,
      log,
      requestLog: {
        isLevelEnabled: () => true,
        write: (level, line) => void this.logLines.push(JSON.stringify({ level, ...line, msg: 'request' })),
      },
      metrics: createMetrics({
        version: '0.0.0-test',
        store: this.store,
        circuits: () => [],
        sequencer: () => 'working',
        ofProcess: false,
      }),
      config: { allowLoopbackUpstreams: false, version: '0.0.0-test', authFailuresPerMinute: 30 },
      hide: (secret) => void this.hidden.push(secret),
      scrub: (text) => this.hidden.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text),
      circuitOf: () => 'CLOSED',
      readiness: () => ({ ready: true, checks: {} }),
      stopping: this.stopping.signal,
      validateAnswers: true,
      ...overrides,
    }
    this.app = createApp(this.deps)
  }

  /** Ends the run, and fails if a secret of it is anywhere but where it was asked for, or a version of a cluster was not kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    const metrics = await this.deps.metrics.text()
    const stored = await textsOf(this.path)
    const broken = await brokenVersions(this.store, 'unlogged')
    await this.store[Symbol.asyncDispose]()
    const places: [string, string][] = [
      ...this.#answers,
      // Beside the database there may be key files of the test.
      ...filesBelow(this.folder).filter(([path]) => path.includes('/test.db')),
      ...stored,
      ['the log', this.logLines.join('')],
      ['/metrics', metrics.text],
    ]
    removePlace(this.folder, this.path)
    const leaks = leaksIn(places, [...this.hidden, ...this.#keys])
    if (broken.length > 0) throw new Error(broken.join('\n'))
    if (leaks.length > 0) throw new Error(`a secret is where it must not be:\n${leaks.join('\n')}`)
  }

  /** Gives every audit entry its place in the log, and prunes what is older than the retention. */
  async sequence(retentionMs: number | null = null): Promise<void> {
    const { store, clock } = this
    const { vault, log } = this.deps
    await ensureSigningKey(store, (privateKey, id) => vault.seal(privateKey, signingKeyPlace(id)))
    const sequencer = new Sequencer({ store, vault, clock, log, retentionMs })
    await sequencer.sequence()
    await sequencer.prune()
    await sequencer.sequence()
  }

  /** Makes a key and answers its text. */
  async makeKey(role: Role, team: string, expireTime: number | null = null): Promise<string> {
    const id = newId('key')
    const text = makeApiKeyText(id)
    const displayName = `${role} of ${team}`
    const key = { id, scopes: [{ role, team }], displayName, hash: hashApiKey(text), expireTime }
    await createApiKey(this.store, { who }, key)
    this.#keys.push(text)
    return text
  }

  async send(line: string, { key = this.admin, body, headers = {} }: Sent = {}): Promise<Answered> {
    const [method = '', path = ''] = line.split(' ')
    const response = await this.app.request(path, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!tellsSecret(line, response.status)) this.#answers.push([line, text + headerText(response.headers)])
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : {},
    }
  }

  /** What the reconciler would write. */
  async change(id: string, patch: Partial<NewClusterRow>): Promise<void> {
    await this.store.write(async (session) => {
      await updateClusterRow(this.store, session, await readClusterRow(session, id), patch)
    })
  }

  /** Ends the operation that a cluster was made or changed by. */
  async settle(id: string, patch: Partial<NewClusterRow> = {}): Promise<void> {
    await this.change(id, {
      state: 'READY',
      externalId: `in05-${id.slice(-12)}`,
      operationStatus: 'SUCCEEDED',
      operationEndTime: this.clock.now(),
      operationNextAttemptTime: null,
      dueTime: null,
      ...patch,
    })
  }

  async makeCluster(body: object = {}, key = this.admin): Promise<string> {
    const answer = await this.send('POST /clusters', { key, body: { ...zillizCluster, ...body } })
    if (answer.status !== 202) throw new Error(answer.text)
    return String(answer.json.id)
  }
}

/** A key is told when it is made, and credentials are when they are revealed. */
function tellsSecret(line: string, status: number): boolean {
  return (
    status < 300 &&
    /^POST \/(api-keys$|api-keys\/[^/]+\/rotate$|clusters\/[^/]+\/credentials\/reveal$)/.test(line)
  )
}

function headerText(headers: Headers): string {
  return [...headers].map(([name, value]) => `\n${name}: ${value}`).join('')
}

/**
 * Shorter ones stand anywhere by chance, and so do words, such as the name of the field that a secret is in, and the dozen
 * names that every object has (`__proto__`), which generated requests hold in all places.
 */
function isCanary(secret: string): boolean {
  return secret.length >= 8 && !/^[A-Za-z]+$/.test(secret) && !Object.hasOwn(Object.prototype, secret)
}

function leaksIn(places: [string, string][], secrets: readonly string[]): string[] {
  const canaries = [...new Set(secrets)].filter(isCanary)
  return canaries.flatMap((secret) => {
    const forms = wholeFormsOf(secret)
    return places
      .filter(([, text]) => forms.some((form) => text.includes(form)))
      .map(([place]) => `${secret}: ${place}`)
  })
}

export const zillizCluster = {
  provider: 'zilliz',
  connection: 'zilliz-prod',
  team: 'search',
  name: 'search-index',
  region: 'gcp-us-west1',
  spec: { plan: 'SERVERLESS', projectId: 'proj-0123456789abcdef012345' },
}

export const eksCluster = {
  provider: 'fireworks',
  connection: 'fireworks-prod',
  team: 'ml',
  name: 'inference',
  region: 'us-east-1',
  spec: { eks: { awsAccountId: '123456789012', clusterName: 'inference' } },
}

export const zillizConnection = {
  name: 'zilliz-prod',
  provider: 'zilliz',
  teams: ['*'],
  apiKey: 'zilliz-secret-0123456789',
}

export const fireworksConnection = {
  name: 'fireworks-prod',
  provider: 'fireworks',
  teams: ['ml'],
  apiKey: 'fw_secret_0123456789',
  settings: { accountId: 'acme' },
}

/** A harness with an admin key and one connection to each provider. */
export async function openHarness(
  overrides: Partial<AppDeps> = {},
  writeDeadlineMs?: number,
  snapshots?: Partial<SnapshotLimits>,
): Promise<Harness> {
  await makeReady()
  const harness = new Harness(overrides, writeDeadlineMs, snapshots)
  harness.admin = await harness.makeKey('admin', '*')
  for (const body of [zillizConnection, fireworksConnection]) {
    const { status, text } = await harness.send('POST /connections', { body })
    if (status !== 201) throw new Error(text)
  }
  return harness
}

/** Every audit entry of an action, newest first, as the API shows it. */
export async function entriesOf(harness: Harness, action: string): Promise<JsonObject[]> {
  const { json } = await harness.send(`GET /audit-entries?action=${action}&pageSize=200`)
  return (json.auditEntries ?? []) as JsonObject[]
}
