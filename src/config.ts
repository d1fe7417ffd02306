import { join } from 'node:path'
import type { z } from 'zod'
import { type Issuer, isUnencrypted } from './access/issuer.ts'
import { StartRefusal } from './cluster/start-refusal.ts'
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
  allowLoopbackUpstreams: boolean
  logLevel: LogLevel
  oidcIssuers: readonly Issuer[]
  authFailuresPerMinute: number
}

/** What must never be shown. */
export interface Secrets {
  masterKey: MasterKey | null
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
 * Reads the settings from `env`, and from the file that it names for the master key. An empty variable is one left out.
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
  return { config: configOf(result.data), secrets: secretsOf(result.data) }
}

function configOf(values: SettingValues): Config {
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
    allowLoopbackUpstreams: values.CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS,
    logLevel: values.LOG_LEVEL,
    oidcIssuers: values.CLUSTERGATE_OIDC_ISSUERS ?? [],
    authFailuresPerMinute: values.CLUSTERGATE_AUTH_FAILURES_PER_MINUTE,
  }
}

function secretsOf(values: SettingValues): Secrets {
  const master = values.CLUSTERGATE_MASTER_KEY ?? values.CLUSTERGATE_MASTER_KEY_FILE
  const adminKey = values.CLUSTERGATE_ADMIN_KEY ?? null
  const { secret } = values.DATABASE_URL
  const written = [master?.text, adminKey, secret?.url, secret?.password]
  const texts = written.filter((text) => typeof text === 'string' && text !== '') as string[]
  return { masterKey: master?.key ?? null, adminKey, databaseUrl: secret?.url ?? null, texts }
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

/** What is wrong with settings that are each right. */
function jointProblems(given: Given, { requireMasterKey }: { requireMasterKey: boolean }): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const keys = [given.CLUSTERGATE_MASTER_KEY, given.CLUSTERGATE_MASTER_KEY_FILE].filter(Boolean)
  if (keys.length === 2) {
    const message = 'CLUSTERGATE_MASTER_KEY_FILE is set too. Set one of the two.'
    problems.push({ setting: 'CLUSTERGATE_MASTER_KEY', message })
  }
  if (keys.length === 0 && requireMasterKey) {
    const message =
      'It is not set, and without it no secret can be stored. Set it, or CLUSTERGATE_MASTER_KEY_FILE: ' +
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
