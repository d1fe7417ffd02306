import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Logger } from 'pino'
import { TokenVerifier } from './access/token-verifier.ts'
import { anonymousActor, everyTeam } from './cluster/actor.ts'
import { systemClock } from './cluster/clock.ts'
import { newId } from './cluster/id.ts'
import { StartRefusal } from './cluster/start-refusal.ts'
import { type Config, type Secrets, storePlace } from './config.ts'
import { hashApiKey, idInApiKey } from './http/api-key-text.ts'
import { createApp } from './http/app.ts'
import type { CircuitState } from './http/app-deps.ts'
import { createLoggers } from './log.ts'
import { adapters } from './providers/adapters.ts'
import { createSend, type Sender, sendDefaults } from './providers/call.ts'
import { createManners, type Manners } from './providers/manners.ts'
import { Reconciler, type ReconcilerDeps } from './reconcile/reconciler.ts'
import { releaseStartMemory } from './start-memory.ts'
import { ensureApiKey } from './store/api-keys.ts'
import { findCanary, putCanary } from './store/meta.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { checkCanary, sealCanary } from './vault/canary.ts'
import type { MasterKey } from './vault/keyring.ts'
import { SecretValues } from './vault/secret-values.ts'
import { createVault, type Vault } from './vault/vault.ts'
import { VaultError } from './vault/vault-error.ts'
import { version } from './version.ts'

/** How long each part of a call to a provider may take, and how much longer than a whole call a lease lasts. */
export interface Patience {
  connectTimeoutMs: number
  headersTimeoutMs: number
  bodyTimeoutMs: number
  leaseMarginMs: number
}

const patient: Patience = { ...sendDefaults, leaseMarginMs: 50_000 }

/** What one call to a provider can take with all its timeouts, and a lease that leaves time to begin it. */
function leaseOf({ connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs, leaseMarginMs }: Patience) {
  const callMs = connectTimeoutMs + headersTimeoutMs + 2 * bodyTimeoutMs
  return { callMs, leaseMs: callMs + leaseMarginMs }
}

export interface Gateway {
  /** For example `http://127.0.0.1:8080`. */
  url: string
  store: Store
  vault: Vault
  log: Logger
  /** Says that it may be sent requests; not before this does `/readyz` answer 200. */
  becomeReady(): void
  /** Readiness off, requests drained, the reconciler at rest, the database closed. */
  stop(): Promise<void>
}

/** Starts everything of one gateway process. @throws StartRefusal */
export async function startGateway(
  config: Config,
  secrets: Secrets & { masterKey: MasterKey },
  patience: Patience = patient,
): Promise<Gateway> {
  const { leaseMarginMs: _, ...timeouts } = patience
  const hidden = new SecretValues(secrets.texts)
  const { log, requestLog } = createLoggers({ level: config.logLevel, secrets: hidden })
  const hide = (secret: string) => hidden.add(secret)
  const store = await openStore(storePlace(config, secrets), { clock: systemClock, newId })
  try {
    const vault = createVault({ current: secrets.masterKey, former: [] })
    await requireFittingKey(store, vault)
    if (secrets.adminKey !== null) await acceptAdminKey(store, secrets.adminKey)
    const sender = createSend({ ...timeouts, observe: (call) => log.info({ call }, 'provider call') })
    const manners = createManners({ send: sender.send, log })
    store.events.on('reconnect', manners.forget)
    const scrub = (text: string) => hidden.scrub(text)
    const { sendFor } = manners
    const reconciler = createReconciler(config, patience, { store, vault, log, hide, scrub, sendFor })
    const stopping = new AbortController()
    let ready = false
    const app = createApp({
      store,
      vault,
      adapters,
      clock: systemClock,
      log,
      requestLog,
      hide,
      scrub,
      stopping: stopping.signal,
      ...(config.oidcIssuers.length > 0 && { tokens: new TokenVerifier(config.oidcIssuers, systemClock) }),
      config: {
        allowLoopbackUpstreams: config.allowLoopbackUpstreams,
        version,
        authFailuresPerMinute: config.authFailuresPerMinute,
      },
      readiness: () => ({ ready: ready && !stopping.signal.aborted, checks: circuitChecks(manners) }),
      circuitOf: (id) => circuitOf(manners, id),
    })
    const server = createAdaptorServer({ fetch: app.fetch }) as Server
    const url = await listen(server, config)
    const running = reconciler.run()
    log.info({ url, config }, 'clustergate is listening')
    const stop = () => stopAll({ server, stopping, reconciler, running, manners, sender, store, log, config })
    const becomeReady = () => {
      releaseStartMemory()
      ready = true
    }
    return { url, store, vault, log, becomeReady, stop }
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

function createReconciler(
  config: Config,
  patience: Patience,
  parts: Pick<ReconcilerDeps, 'store' | 'vault' | 'log' | 'hide' | 'scrub' | 'sendFor'>,
): Reconciler {
  const { pollInitialMs, pollMaxMs, syncIntervalMs } = config
  return new Reconciler({
    ...parts,
    adapters,
    clock: systemClock,
    random: Math.random,
    owner: randomUUID(),
    concurrency: 32,
    perConnection: 12,
    timing: { pollInitialMs, pollMaxMs, syncIntervalMs, ...leaseOf(patience), lookGapMs: 5 * pollInitialMs },
  })
}

const circuitNames = { closed: 'CLOSED', open: 'OPEN', 'half-open': 'HALF_OPEN' } as const

function circuitOf(manners: Manners, connectionId: string): CircuitState {
  const circuit = manners.circuits().find((report) => report.connectionId === connectionId)
  return circuitNames[circuit?.state ?? 'closed']
}

/** A sick provider does not make the gateway unready: it answers without it. But whoever asks is told. */
function circuitChecks(manners: Manners): Record<string, string> {
  const sick = manners.circuits().filter((circuit) => circuit.state !== 'closed')
  return Object.fromEntries(
    sick.map(({ connectionId, state }) => [`circuit ${connectionId}`, circuitNames[state]]),
  )
}

/** The canary was sealed at the first start: if it opens, so does everything else. */
async function requireFittingKey(store: Store, vault: Vault): Promise<void> {
  if ((await findCanary(store)) === null) await putCanary(store, await sealCanary(vault))
  try {
    await checkCanary(vault, (await findCanary(store)) ?? '')
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    throw new StartRefusal(
      `CLUSTERGATE_MASTER_KEY does not open what this database holds. ${error.message} ` +
        'Start with the key that sealed it, or with an empty database.',
    )
  }
}

async function acceptAdminKey(store: Store, adminKey: string): Promise<void> {
  const actor = {
    ...anonymousActor,
    type: 'system',
    id: 'operator',
    displayName: 'CLUSTERGATE_ADMIN_KEY',
  } as const
  const who = {
    actor,
    requestId: newId('req'),
    context: { ip: null, userAgent: null, interface: 'cli' },
  } as const
  await ensureApiKey(
    store,
    { who },
    {
      id: idInApiKey(adminKey) ?? newId('key'),
      displayName: 'CLUSTERGATE_ADMIN_KEY',
      scopes: [{ role: 'admin', team: everyTeam }],
      hash: hashApiKey(adminKey),
      expireTime: null,
    },
  )
}

async function listen(server: Server, config: Config): Promise<string> {
  server.listen(config.port, config.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new StartRefusal(
      `Cannot listen on ${config.host}:${config.port} (${code}). Set PORT or HOST to one that is free.`,
    )
  }
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : config.port
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
}

interface Parts {
  server: Server
  stopping: AbortController
  reconciler: Reconciler
  running: Promise<void>
  manners: Manners
  sender: Sender
  store: Store
  log: Logger
  config: Config
}

async function stopAll(parts: Parts): Promise<void> {
  const { server, stopping, reconciler, running, manners, sender, store, log, config } = parts
  log.info('stopping')
  stopping.abort()
  reconciler.stop()
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const impatience = setTimeout(() => server.closeAllConnections(), config.shutdownTimeoutMs / 2)
  await closed
  clearTimeout(impatience)
  // A call that is cut off here is an unknown outcome like any other: its intent is on disk.
  manners.close()
  await sender.close(config.shutdownTimeoutMs / 2)
  await running
  await store[Symbol.asyncDispose]()
  log.info('stopped')
}
