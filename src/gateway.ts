import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Logger } from 'pino'
import { TokenVerifier } from './access/token-verifier.ts'
import { acceptAdminKey } from './admin-key.ts'
import { AddressSet } from './cluster/address-set.ts'
import { systemClock } from './cluster/clock.ts'
import { newId } from './cluster/id.ts'
import { shapesOf } from './cluster/provider.ts'
import { StartRefusal } from './cluster/start-refusal.ts'
import { isLoopbackName } from './cluster/upstream-address.ts'
import { type Config, type Secrets, storePlace } from './config.ts'
import { createApp } from './http/app.ts'
import type { AppDeps, CircuitState } from './http/app-deps.ts'
import type { KeysAdministration } from './keys/keys-administration.ts'
import { LiveKeyring } from './keys/live-keyring.ts'
import type { MasterKeys } from './keys/master-keys.ts'
import { openMasterKeys } from './keys/open-master-keys.ts'
import { RecoveryKeys } from './keys/recovery.ts'
import { createLoggers } from './log.ts'
import { createMetrics } from './metrics.ts'
import { leaseOf, type Patience, patient } from './patience.ts'
import { adapters } from './providers/adapters.ts'
import { createAddressGuard } from './providers/address-guard.ts'
import { type CallEvent, createSend, type Sender } from './providers/call.ts'
import { createManners, type Manners } from './providers/manners.ts'
import { Reconciler, type ReconcilerDeps } from './reconcile/reconciler.ts'
import { Sequencer } from './sequence/sequencer.ts'
import { releaseStartMemory } from './start-memory.ts'
import { ensureSigningKey, signingKeyPlace } from './store/audit-keys.ts'
import { openStore } from './store/open-store.ts'
import { rewordClusters } from './store/reword-clusters.ts'
import type { Store } from './store/store.ts'
import { tuneRuntime } from './tune-runtime.ts'
import { SecretValues } from './vault/secret-values.ts'
import type { Vault } from './vault/vault.ts'
import { version } from './version.ts'

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
  secrets: Secrets,
  patience: Patience = patient,
): Promise<Gateway> {
  tuneRuntime()
  const { leaseMarginMs: _, ...timeouts } = patience
  const hidden = new SecretValues(secrets.texts)
  const { log, requestLog } = createLoggers({ level: config.logLevel, secrets: hidden })
  const hide = (secret: string) => hidden.add(secret)
  const around = { clock: systemClock, newId, shapeOf: shapesOf(adapters) }
  const store = await openStore(storePlace(config, secrets), around)
  try {
    const { masterKeys, vault, checks, background } = await openKeys(config, secrets, { store, log, hide })
    if (background) {
      await rewordClusters(store)
      await ensureSigningKey(store, (privateKey, id) => vault.seal(privateKey, signingKeyPlace(id)))
    }
    if (secrets.adminKey !== null) await acceptAdminKey(store, secrets.adminKey)
    const guard = createAddressGuard({
      allowLoopback: config.allowLoopbackUpstreams,
      allowed: new AddressSet(config.allowedUpstreams),
    })
    const observe = (call: CallEvent) => {
      metrics.called(call)
      log.info({ call }, 'provider call')
    }
    const sender = createSend({ ...timeouts, guard, observe })
    const manners = createManners({ send: sender.send, log })
    const { auditRetentionMs: retentionMs } = config
    const sequencer = new Sequencer({ store, vault, clock: systemClock, log, retentionMs })
    const metrics = createMetrics({
      version,
      store,
      circuits: manners.circuits,
      sequencer: () => sequencer.state,
      ofProcess: true,
    })
    store.events.on('reconnect', manners.forget)
    const scrub = (text: string) => hidden.scrub(text)
    const { sendFor } = manners
    const { stepped } = metrics
    const parts = { store, vault, log, hide, scrub, sendFor, stepped }
    const reconciler = createReconciler(config, patience, parts)
    const stopping = new AbortController()
    let ready = false
    const app = createApp({
      store,
      vault,
      adapters,
      clock: systemClock,
      log,
      requestLog,
      metrics,
      hide,
      scrub,
      stopping: stopping.signal,
      ...(config.oidcIssuers.length > 0 && { tokens: new TokenVerifier(config.oidcIssuers, systemClock) }),
      config: { ...networkOf(config), version },
      masterKeys,
      readiness: () => ({
        ready: ready && !stopping.signal.aborted,
        checks: { ...checks, ...circuitChecks(manners), ...sequencer.checks },
      }),
      circuitOf: (id) => circuitOf(manners, id),
    })
    const server = createAdaptorServer({ fetch: app.fetch }) as Server
    const url = await listen(server, config)
    // Without its keys there is nothing to say to any provider, and no checkpoint can be signed.
    const running = Promise.all([background && reconciler.run(), background?.run()])
    const sequencing = background && sequencer.run()
    log.info({ url, config }, 'clustergate is listening')
    warnOfOpenListener(config, log)
    const work = { reconciler, background, running, sequencer, sequencing }
    const stop = () => stopAll({ server, stopping, ...work, manners, sender, store, log, config })
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

function networkOf(config: Config): Omit<AppDeps['config'], 'version'> {
  const { allowLoopbackUpstreams, allowedUpstreams, trustedProxies, corsOrigins, authFailuresPerMinute } =
    config
  return {
    allowLoopbackUpstreams,
    authFailuresPerMinute,
    allowedUpstreams: new AddressSet(allowedUpstreams),
    ...(trustedProxies.length > 0 && { trustedProxies: new AddressSet(trustedProxies) }),
    ...(corsOrigins.length > 0 && { corsOrigins: new Set(corsOrigins) }),
  }
}

/** API keys would cross the network as they are, and entries would name a proxy for a caller. */
function warnOfOpenListener({ host, trustedProxies }: Config, log: Logger): void {
  if (isLoopbackName(host) || trustedProxies.length > 0) return
  log.warn(
    { host },
    'listening beyond this machine in plain HTTP and without a trusted proxy: put one that ends TLS in front, and name its address in CLUSTERGATE_TRUSTED_PROXIES',
  )
}

function createReconciler(
  config: Config,
  patience: Patience,
  parts: Pick<ReconcilerDeps, 'store' | 'vault' | 'log' | 'hide' | 'scrub' | 'sendFor' | 'stepped'>,
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

interface OpenedKeys {
  masterKeys: KeysAdministration
  vault: Vault
  /** What `/readyz` tells of them. */
  checks: Record<string, string>
  /** Rewraps in the background; null in a recovery. */
  background: Pick<MasterKeys, 'run' | 'stop'> | null
}

async function openKeys(
  config: Config,
  { masterKey, previousMasterKeys, keySources }: Secrets,
  { store, log, hide }: { store: Store; log: Logger; hide: (secret: string) => void },
): Promise<OpenedKeys> {
  if (config.readOnly) {
    const held = [...(masterKey ? [masterKey] : []), ...previousMasterKeys]
    const masterKeys = new RecoveryKeys(store, held)
    const summary = await masterKeys.summary()
    log.error(`started read-only: ${summary}`)
    return { masterKeys, vault: masterKeys.vault, checks: { masterKey: summary }, background: null }
  }
  if (masterKey === null) throw new Error('a gateway needs a master key')
  const keyring = new LiveKeyring({ current: masterKey, former: previousMasterKeys }, keySources, hide)
  const masterKeys = await openMasterKeys({ store, keyring, log })
  return { masterKeys, vault: masterKeys.vault, checks: {}, background: masterKeys }
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
  background: OpenedKeys['background']
  running: Promise<unknown>
  sequencer: Sequencer
  sequencing: Promise<void> | null
  manners: Manners
  sender: Sender
  store: Store
  log: Logger
  config: Config
}

async function stopAll(parts: Parts): Promise<void> {
  const { server, stopping, reconciler, background, running, sequencer, sequencing } = parts
  const { manners, sender, store, log, config } = parts
  log.info('stopping')
  stopping.abort()
  reconciler.stop()
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  // An answer whose head had left before the stop did not tell its caller to close.
  const sweeping = setInterval(() => server.closeIdleConnections(), 50)
  const impatience = setTimeout(() => server.closeAllConnections(), config.shutdownTimeoutMs / 2)
  await closed
  clearInterval(sweeping)
  clearTimeout(impatience)
  // A call that is cut off here is an unknown outcome like any other: its intent is on disk.
  manners.close()
  await sender.close(config.shutdownTimeoutMs / 2)
  await background?.stop()
  await running
  await store.endSnapshots()
  // Last, so that what was written until now has its place.
  sequencer.stop()
  await sequencing
  await store[Symbol.asyncDispose]()
  log.info('stopped')
}
