import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { z } from 'zod'
import { type Issuer, issuersSchema } from './access/issuer.ts'
import { isAddressBlock } from './cluster/address-set.ts'
import { isLoopbackName } from './cluster/upstream-address.ts'
import { runKeyCommandSync } from './keys/key-command.ts'
import { readWrittenKey, readWrittenKeys, reasonOf } from './keys/key-sources.ts'
import { logLevels } from './log.ts'
import type { SettingName } from './settings.ts'
import { VaultError } from './vault/vault-error.ts'

/** `file` is a path, relative to the working directory where it is not absolute. */
export type Database =
  | { engine: 'sqlite'; file: string }
  /** The rest of the URL, its password among it, is a secret. */
  | { engine: 'postgres'; host: string; name: string }

/** `secret`: the whole URL, where it has something to hide. */
interface WrittenDatabase {
  database: Database
  secret: { url: string; password: string } | null
}

/** A text in which `isRight` finds nothing wrong. Shows the text, so it is not for secrets. */
function text(isRight: (text: string) => boolean, wanted: string) {
  return z.string().refine(isRight, { error: ({ input }) => `${JSON.stringify(input)} is not ${wanted}.` })
}

function wholeNumber(min: number, max: number) {
  const isRight = (digits: string) =>
    /^\d{1,15}$/.test(digits) && Number(digits) >= min && Number(digits) <= max
  return text(isRight, `a whole number from ${min} to ${max}`).transform(Number)
}

const week = 7 * 24 * 60 * 60 * 1000
const milliseconds = wholeNumber(1, week)

const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i
const host = text((name) => isIP(name) !== 0 || hostName.test(name), 'an IP address or a host name')

const flag = text((word) => word === 'true' || word === 'false', 'true or false').transform(
  (word) => word === 'true',
)

const logLevel = z.enum(logLevels, {
  error: ({ input }) => `${JSON.stringify(input)} is not one of ${logLevels.join(', ')}.`,
})

/** Texts with commas between them, each of which must be right. Left out, there are none. */
function list(isRight: (text: string) => boolean, wanted: string) {
  return z
    .string()
    .transform((written) => written.split(',').map((part) => part.trim()))
    .pipe(z.array(text(isRight, wanted)))
    .default([])
}

const addressBlocks = list(isAddressBlock, 'an IP address or a network such as 10.0.0.0/8')

const origins = list(isOrigin, 'an https origin such as https://console.example.com')

/** Exactly as browsers write it. A page over plain http could be anybody's, unless it is on this machine. */
function isOrigin(written: string): boolean {
  const url = URL.parse(written)
  if (url?.origin !== written || url.hostname.includes('*')) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname))
}

/** Null where a sign is not written as it must be. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** Shows no more of the URL than its scheme: the rest may hold a password. */
const databaseUrl = z.string().transform((url, context): WrittenDatabase => {
  const file = /^file:(?:\/\/(?=\/))?([^?#]*)$/.exec(url)?.[1]
  if (file && !file.startsWith('//') && !file.includes(':memory:')) {
    return { database: { engine: 'sqlite', file }, secret: null }
  }
  const server = /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : null
  const name = decoded(server?.pathname.slice(1) ?? '')
  const password = decoded(server?.password ?? '')
  if (server?.hostname && name && !name.includes('/') && password !== null) {
    return { database: { engine: 'postgres', host: server.host, name }, secret: { url, password } }
  }
  const message = /^postgres(?:ql)?:/i.test(url)
    ? 'It is not postgres://USER:PASSWORD@HOST:PORT/DATABASE, with signs such as @ and / in the password written as %40 and %2F.'
    : 'It is neither file:PATH with the path of a SQLite file nor postgres://… with a PostgreSQL database.'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** It travels in an HTTP header, which carries printable ASCII. */
const adminKey = z
  .string()
  .regex(
    /^[\x21-\x7e]*$/,
    'It has white space, or characters other than ASCII. Use letters, digits and signs.',
  )
  .min(16, 'It is shorter than 16 characters. "clustergate keys make" makes one.')

const remedy = '"openssl rand -base64 32" makes one.'

/** A text that is read by `read`, which says why it cannot. */
function readBy<T>(read: (text: string) => T, reason: (error: unknown, text: string) => string) {
  return z.string().transform((given, context): T => {
    try {
      return read(given)
    } catch (error) {
      context.addIssue({ code: 'custom', message: reason(error, given) })
      return z.NEVER
    }
  })
}

const malformed = (error: unknown) => {
  if (error instanceof VaultError) return `${error.message} ${remedy}`
  throw error
}
const masterKey = readBy(readWrittenKey, malformed)
const masterKeys = readBy(readWrittenKeys, malformed)

/** Somebody may have put the key itself where its file belongs. */
function shownPath(path: string): string {
  try {
    readWrittenKeys(path)
    return 'What looks like a master key, and no path,'
  } catch {
    return JSON.stringify(path)
  }
}

const file = readBy(
  (path) => readFileSync(path, 'utf8'),
  (error, path) => {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown error'
    return `${shownPath(path)} cannot be read (${code}). Name a file that this process can read.`
  },
)
const command = readBy(runKeyCommandSync, reasonOf)

/** A JSON list, or the path of a file with one. */
const oidcIssuers = z.string().transform((given, context): Issuer[] => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  let written: unknown
  try {
    written = JSON.parse(given.trimStart().startsWith('[') ? given : readFileSync(given, 'utf8'))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    return refuse(
      `It is neither a JSON list of issuers nor a file with one${code}. docs/access.md has examples.`,
    )
  }
  const read = issuersSchema.safeParse(written)
  if (read.success) return read.data
  for (const { path, message } of read.error.issues) {
    refuse(`/${path.join('/')}: ${message}. Correct it: docs/access.md lists what an issuer has.`)
  }
  return z.NEVER
})

/** What each setting may be, from text to value. Defaults are filled in before. */
export const settingsSchema = z.object({
  HOST: host,
  PORT: wholeNumber(0, 65_535),
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: logLevel,
  CLUSTERGATE_MASTER_KEY: masterKey.optional(),
  CLUSTERGATE_MASTER_KEY_FILE: file.pipe(masterKey).optional(),
  CLUSTERGATE_ADMIN_KEY: adminKey.optional(),
  CLUSTERGATE_DATA_DIR: z.string(),
  CLUSTERGATE_POLL_INITIAL_MS: milliseconds,
  CLUSTERGATE_POLL_MAX_MS: milliseconds,
  CLUSTERGATE_SYNC_INTERVAL_MS: milliseconds,
  CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS: flag,
  CLUSTERGATE_SHUTDOWN_TIMEOUT_MS: milliseconds,
  CLUSTERGATE_OIDC_ISSUERS: oidcIssuers.optional(),
  CLUSTERGATE_AUTH_FAILURES_PER_MINUTE: wholeNumber(1, 1_000_000),
  CLUSTERGATE_MASTER_KEY_COMMAND: command.pipe(masterKey).optional(),
  CLUSTERGATE_PREVIOUS_MASTER_KEYS: masterKeys.optional(),
  CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE: file.pipe(masterKeys).optional(),
  CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND: command.pipe(masterKeys).optional(),
  CLUSTERGATE_RECOVERY: text((word) => word === 'read-only', 'read-only')
    .transform(() => 'read-only' as const)
    .optional(),
  CLUSTERGATE_TRUSTED_PROXIES: addressBlocks,
  CLUSTERGATE_CORS_ORIGINS: origins,
  CLUSTERGATE_ALLOWED_UPSTREAM_CIDRS: addressBlocks,
  CLUSTERGATE_AUDIT_RETENTION_DAYS: wholeNumber(1, 36_500).optional(),
  CLUSTERGATE_DATABASE_CONNECTIONS: wholeNumber(2, 1000),
} satisfies Record<SettingName, z.ZodType>)

export type SettingValues = z.infer<typeof settingsSchema>
