import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attribution } from '../cluster/actor.ts'
import { newId } from '../cluster/id.ts'
import type { JsonObject } from '../cluster/json.ts'
import { StartRefusal } from '../cluster/start-refusal.ts'
import { type Config, readConfig, type Secrets } from '../config.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { makeApiKeyText } from '../http/api-key-text.ts'
import { adapters } from '../providers/adapters.ts'
import { createFireworksSandbox } from '../sandbox/fireworks/sandbox.ts'
import { type Emulator, type EmulatorServer, serveEmulator } from '../sandbox/server.ts'
import { createZillizSandbox } from '../sandbox/zilliz/sandbox.ts'
import type { Environment } from '../settings.ts'
import { apiKeyPlace, fingerprintOf } from '../store/connection-rows.ts'
import { createConnection, patchConnection } from '../store/connections.ts'
import { findConnectionByName } from '../store/read-connections.ts'
import { type Command, type Running, refuseArguments } from './command.ts'
import { makeMasterKeyText, withKeptKeys } from './kept-keys.ts'
import { welcome } from './welcome.ts'

/** Quick enough to watch, slow enough to see CREATING. */
const provisioningMs = 3000

const who: Attribution = {
  actor: { type: 'system', id: 'sandbox-run', displayName: 'sandbox run', authMethod: 'internal' },
  requestId: newId('req'),
  context: { ip: null, userAgent: null, interface: 'cli' },
}

/**
 * `clustergate start`, the run for a newcomer: the gateway on SQLite, every provider emulated beside it, keys made on the first start, and
 * requests to copy. Needs no setting, no account and no network.
 */
export const command: Command = {
  async run(args) {
    refuseArguments('start', args)
    return startSandboxRun(process.env)
  },
}

async function startSandboxRun(env: Environment): Promise<Running> {
  const { config, secrets } = readConfig(
    { LOG_LEVEL: 'warn', ...env, CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS: 'true' },
    { requireMasterKey: false },
  )
  mkdirSync(config.dataDir, { recursive: true })
  const keys = masterKeysOf(config, secrets)
  // One that the environment gives is kept too: the file is what the printed requests read.
  const adminKey = keepKey(
    config.dataDir,
    'admin.key',
    () => secrets.adminKey ?? makeApiKeyText(newId('key')),
  )
  const gateway = await startGateway(config, {
    ...keys,
    adminKey: secrets.adminKey ?? adminKey.text,
    databaseUrl: secrets.databaseUrl,
    texts: [...keys.texts, adminKey.text],
  })
  const emulators: RunningEmulator[] = []
  const stop = async () => {
    await gateway.stop()
    await Promise.all(emulators.map(({ server }) => server.close()))
  }
  try {
    emulators.push(...(await startEmulators(config.dataDir, config.port)))
    if (!config.readOnly) await connectAll(gateway, emulators)
  } catch (error) {
    await stop()
    throw error
  }
  gateway.becomeReady()
  console.log(
    welcome({
      url: gateway.url,
      keyFile: join(config.dataDir, 'admin.key'),
      newKey: adminKey.isNew && secrets.adminKey === null ? adminKey.text : null,
      emulators: emulators.map(({ provider, server }) => ({ provider, url: server.url })),
    }),
  )
  return { stop }
}

/** Those that the environment gives, else those of the files. A recovery looks for keys, and makes none. */
function masterKeysOf({ dataDir, readOnly }: Config, secrets: Secrets): Secrets {
  if (secrets.masterKey === null && !readOnly) {
    keepKey(dataDir, 'master.key', makeMasterKeyText)
    keepKey(dataDir, 'master.key.previous', () => '')
  }
  return withKeptKeys(secrets, dataDir)
}

/** Reads a key from its file; makes both on the first start, for their owner alone. */
function keepKey(dataDir: string, name: string, make: () => string): { text: string; isNew: boolean } {
  const file = join(dataDir, name)
  if (existsSync(file)) {
    chmodSync(file, 0o600)
    return { text: readFileSync(file, 'utf8').trim(), isNew: false }
  }
  const text = make()
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' })
  return { text, isNew: true }
}

interface RunningEmulator {
  provider: string
  server: EmulatorServer
  apiKey: string
  settings: JsonObject
}

async function startEmulators(dataDir: string, port: number): Promise<RunningEmulator[]> {
  const folder = join(dataDir, 'sandbox')
  mkdirSync(folder, { recursive: true })
  const zilliz = remembering(join(folder, 'zilliz.json'), createZillizSandbox)
  const fireworks = remembering(join(folder, 'fireworks.json'), createFireworksSandbox)
  return [
    { provider: 'zilliz', apiKey: zilliz.apiKey, settings: {}, server: await serveNear(zilliz, port, 1) },
    {
      provider: 'fireworks',
      apiKey: fireworks.apiKey,
      settings: { accountId: fireworks.accountId, allowFakeClusters: true },
      server: await serveNear(fireworks, port, 2),
    },
  ]
}

function remembering<T>(
  stateFile: string,
  create: (options: { provisioningMs: number; stateFile: string }) => T,
): T {
  try {
    return create({ provisioningMs, stateFile })
  } catch {
    throw new StartRefusal(
      `${stateFile}, where an emulated provider keeps its clusters, cannot be read. Move it away to begin with none.`,
    )
  }
}

/** On the port beside the gateway's, so that it is the same at the next start; on a free one if that is taken. */
async function serveNear(emulator: Emulator, port: number, offset: number): Promise<EmulatorServer> {
  if (port === 0) return serveEmulator(emulator, { port: 0 })
  try {
    return await serveEmulator(emulator, { port: port + offset })
  } catch {
    return serveEmulator(emulator, { port: 0 })
  }
}

/** Connects the gateway to each. Resolves when every account has answered. */
async function connectAll(gateway: Gateway, emulators: RunningEmulator[]): Promise<void> {
  for (const { provider, server, settings, apiKey } of emulators) {
    await connect(gateway, provider, apiKey, { ...settings, baseUrl: server.url })
  }
  await Promise.all(emulators.map(({ provider }) => verified(gateway, `${provider}-sandbox`)))
}

async function connect(gateway: Gateway, provider: string, apiKey: string, given: JsonObject): Promise<void> {
  const { store, vault } = gateway
  const name = `${provider}-sandbox`
  const settings = adapters[provider]?.settingsSchema.parse(given) ?? given
  const known = await findConnectionByName(store, name)
  if (known?.settings.baseUrl === settings.baseUrl) return
  if (known) {
    await patchConnection(store, { who }, known.id, () => ({ settings }))
    return
  }
  const id = newId('con')
  const teams = ['*']
  await createConnection(
    store,
    { who },
    {
      id,
      name,
      provider,
      teams,
      settings,
      sealedApiKey: await vault.seal(apiKey, apiKeyPlace({ id, teams })),
      apiKeyFingerprint: fingerprintOf(apiKey),
    },
  )
}

/** Resolves once the connection's account has answered. */
async function verified({ store }: Gateway, name: string): Promise<void> {
  for (;;) {
    const changed = once(store.events, 'connection')
    const connection = await findConnectionByName(store, name)
    if (connection && connection.verifyRequestedTime === null) return
    await changed
  }
}
