import { join } from 'node:path'
import type { z } from 'zod'
import { type Issuer, isUnencrypted } from './access/issuer.ts'
import { StartRefusal } from './cluster/start-refusal.ts'
import type { KeySource, KeySources, WrittenKey } from './keys/key-sources.ts'
import type { LogLevel } from './log.ts'
import { type Environment, type Setting, type SettingName, settings } from './settings.ts'
import { type Database, type SettingValues, settingsSchema } from './settings-schema.ts'
import { unknownSettings } from './unknown-settings.ts'
import type { MasterKey } from './vault/keyring.ts'

/** How to run. Holds no secret, so it may be logged whole. Times in milliseconds. */
export interface Config {
  host: string
  port: number
  database: Database
  databaseConnections: number
  dataDir: string
  pollInitialMs: number
  pollMaxMs: number
  syncIntervalMs: number
  shutdownTimeoutMs: number
  /** Null: audit entries are kept for ever. */
  auditRetentionMs: number | null
  allowLoopbackUpstreams: boolean
  /** Networks, as CIDR blocks, of the proxies in front. */
  trustedProxies: string[]
  corsOrigins: string[]
  /** Private networks, as CIDR blocks, that connections may lead to. */
  allowedUpstreams: string[]
  logLevel: LogLevel
  oidcIssuers: readonly Issuer[]
  authFailuresPerMinute: number
  /** Started to be read, without a master key that is lost. */
  readOnly: boolean
}

/** What must never be shown. */
export interface Secrets {
  masterKey: MasterKey | null
  /** Those that still open what they sealed. */
  previousMasterKeys: MasterKey[]
  /** From where both were read. Names no key, but a command line may hold another secret. */
  keySources: KeySources
  adminKey: string | null
  /** Where the database is on PostgreSQL: its whole URL. */
  databaseUrl: string | null
  /** The secrets as they were written, for the log to hide. */
  texts: string[]
}

export interface ConfigProblem {
  setting: string
  /** What is wrong and what to do about it, in sentences. Shows no secret. */
  message: string
}

/** Everything that is wrong with the settings, in one message. */
export class ConfigError extends StartRefusal {
  override name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(['The settings are not right:', ...problems.map((p) => `  ${p.setting}: ${p.message}`)].join('\n'))
    this.problems = problems
  }
}

/**
 * Reads the settings from `env`, and from the files and commands that it names for the master keys. An empty variable is one left out.
 * @throws ConfigError naming every problem
 */
export function readConfig(
  env: Environment,
  options: { requireMasterKey: boolean },
): { config: Config; secrets: Secrets } {
  const given = Object.fromEntries(
    settings.map(({ name, default: text }) => [name, env[name] || (text ?? undefined)]),
  )
  if (!env.DATABASE_URL && env.CLUSTERGATE_DATA_DIR) {
    given.DATABASE_URL = `file:${join(env.CLUSTERGATE_DATA_DIR, 'clustergate.db')}`
  }
  const result = settingsSchema.safeParse(given)
  const problems = [
    ...unknownProblems(env),
    ...fieldProblems(result.error),
    ...jointProblems(given, options),
    ...(result.success ? issuerProblems(result.data) : []),
  ]
  if (!result.success || problems.length > 0) throw new ConfigError(problems)
  return { config: configOf(result.data), secrets: secretsOf(result.data, given) }
}

const dayMs = 24 * 60 * 60 * 1000

function configOf(values: SettingValues): Config {
  const { CLUSTERGATE_AUDIT_RETENTION_DAYS: retentionDays } = values
  return {
    host: values.HOST,
    port: values.PORT,
    database: values.DATABASE_URL.database,
    databaseConnections: values.CLUSTERGATE_DATABASE_CONNECTIONS,
    dataDir: values.CLUSTERGATE_DATA_DIR,
    pollInitialMs: values.CLUSTERGATE_POLL_INITIAL_MS,
    pollMaxMs: values.CLUSTERGATE_POLL_MAX_MS,
    syncIntervalMs: values.CLUSTERGATE_SYNC_INTERVAL_MS,
    shutdownTimeoutMs: values.CLUSTERGATE_SHUTDOWN_TIMEOUT_MS,
    auditRetentionMs: retentionDays === undefined ? null : retentionDays * dayMs,
    allowLoopbackUpstreams: values.CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS,
    trustedProxies: values.CLUSTERGATE_TRUSTED_PROXIES,
    corsOrigins: values.CLUSTERGATE_CORS_ORIGINS,
    allowedUpstreams: values.CLUSTERGATE_ALLOWED_UPSTREAM_CIDRS,
    logLevel: values.LOG_LEVEL,
    oidcIssuers: values.CLUSTERGATE_OIDC_ISSUERS ?? [],
    authFailuresPerMinute: values.CLUSTERGATE_AUTH_FAILURES_PER_MINUTE,
    readOnly: values.CLUSTERGATE_RECOVERY !== undefined,
  }
}

function secretsOf(values: SettingValues, given: Given): Secrets {
  const master: WrittenKey | undefined =
    values.CLUSTERGATE_MASTER_KEY ??
    values.CLUSTERGATE_MASTER_KEY_FILE ??
    values.CLUSTERGATE_MASTER_KEY_COMMAND
  const previous: WrittenKey[] =
    values.CLUSTERGATE_PREVIOUS_MASTER_KEYS ??
    values.CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE ??
    values.CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND ??
    []
  const adminKey = values.CLUSTERGATE_ADMIN_KEY ?? null
  const { secret } = values.DATABASE_URL
  const written = [master?.text, ...previous.map(({ text }) => text), adminKey, secret?.url, secret?.password]
  return {
    masterKey: master?.key ?? null,
    previousMasterKeys: previous.map(({ key }) => key),
    keySources: {
      current: sourceOf('CLUSTERGATE_MASTER_KEY', given),
      previous: sourceOf('CLUSTERGATE_PREVIOUS_MASTER_KEYS', given),
    },
    adminKey,
    databaseUrl: secret?.url ?? null,
    texts: written.filter((text) => typeof text === 'string').filter((text) => text !== ''),
  }
}

type KeySetting = 'CLUSTERGATE_MASTER_KEY' | 'CLUSTERGATE_PREVIOUS_MASTER_KEYS'

function sourceOf(setting: KeySetting, given: Given): KeySource {
  const path = given[`${setting}_FILE`]
  const command = given[`${setting}_COMMAND`]
  if (path !== undefined) return { kind: 'file', path }
  if (command !== undefined) return { kind: 'command', command }
  return { kind: given[setting] === undefined ? 'none' : 'environment' }
}

function unknownProblems(env: Environment): ConfigProblem[] {
  return unknownSettings(env).map(({ name, meant }) => ({
    setting: name,
    message: `There is no such setting. ${meant ? `Did you mean ${meant}?` : 'Remove it.'}`,
  }))
}

function fieldProblems(error: z.ZodError | undefined): ConfigProblem[] {
  return (error?.issues ?? []).map(({ path: [name], message }) => {
    const setting: Setting | undefined = settings.find((candidate) => candidate.name === name)
    const remedy = setting?.default ? ` Correct it, or leave it out for ${setting.default}.` : ''
    return { setting: String(name), message: `${message}${remedy}` }
  })
}

type Given = Partial<Record<SettingName, string | undefined>>

/** Keys have one source each. */
function sourceProblems(setting: KeySetting, given: Given): ConfigProblem[] {
  const names = [setting, `${setting}_FILE`, `${setting}_COMMAND`] as const
  const [first, ...others] = names.filter((name) => given[name] !== undefined)
  if (first === undefined || others.length === 0) return []
  const message =
    others.length === 1
      ? `${others[0]} is set too. Set one of the two.`
      : `${others.join(' and ')} are set too. Set one of the three.`
  return [{ setting: first, message }]
}

/** What is wrong with settings that are each right. */
function jointProblems(given: Given, { requireMasterKey }: { requireMasterKey: boolean }): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  problems.push(...sourceProblems('CLUSTERGATE_MASTER_KEY', given))
  problems.push(...sourceProblems('CLUSTERGATE_PREVIOUS_MASTER_KEYS', given))
  const unset = sourceOf('CLUSTERGATE_MASTER_KEY', given).kind === 'none'
  if (unset && requireMasterKey && given.CLUSTERGATE_RECOVERY === undefined) {
    const message =
      'It is not set, and without it no secret can be stored. Set it, or CLUSTERGATE_MASTER_KEY_FILE or _COMMAND: ' +
      '"openssl rand -base64 32" makes a key. Keep a copy: what it sealed opens with nothing else.'
    problems.push({ setting: 'CLUSTERGATE_MASTER_KEY', message })
  }
  const { CLUSTERGATE_POLL_INITIAL_MS: initial, CLUSTERGATE_POLL_MAX_MS: max } = given
  if (Number(max) < Number(initial)) {
    const message = `${max} is less than CLUSTERGATE_POLL_INITIAL_MS, which is ${initial}. Raise it, or lower the other.`
    problems.push({ setting: 'CLUSTERGATE_POLL_MAX_MS', message })
  }
  return problems
}

function issuerProblems(values: SettingValues): ConfigProblem[] {
  if (values.CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS) return []
  return (values.CLUSTERGATE_OIDC_ISSUERS ?? []).filter(isUnencrypted).map(({ issuer }) => ({
    setting: 'CLUSTERGATE_OIDC_ISSUERS',
    message: `The keys of ${issuer} would be read by plain http. Use https, or set CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS for a trial on this machine.`,
  }))
}

/** Where the store is, its secrets included. */
export function storePlace(
  { database, databaseConnections: connections }: Config,
  { databaseUrl: url }: Secrets,
): { engine: 'sqlite'; file: string } | { engine: 'postgres'; url: string; connections: number } {
  if (database.engine === 'sqlite') return database
  if (url === null) throw new Error('readConfig let a database without its URL pass')
  return { engine: 'postgres', url, connections }
}
