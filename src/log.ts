import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  destination as openDestination,
  pino,
} from 'pino'
import { isJsonObject, type Json } from './cluster/json.ts'
import { isSecretName, secretNames } from './cluster/secret-names.ts'
import type { RequestLog } from './http/app-deps.ts'
import { redacted, type SecretValues } from './vault/secret-values.ts'

/** Least severe first; `silent` logs nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogOptions {
  level: LogLevel
  /** Whatever is in here when a line is written is not in the line. */
  secrets: SecretValues
  /** Default: standard output, written a moment later, and when the process exits. */
  destination?: DestinationStream
}

const secretNameInLine = new RegExp(`"(?:${secretNames})":`, 'i')

/** What an error may tell beside its message and stack; whatever else hangs on it may be a request. */
const errorFacts = ['code', 'kind', 'applied', 'httpStatus', 'requestId']
const deepest = 5

export interface Loggers {
  /** Writes JSON lines without secrets: hidden by the name of their field, by value, and by the shape of a key. */
  log: Logger
  requestLog: RequestLog
}

export function createLoggers({ level, secrets, destination = standardOutput() }: LogOptions): Loggers {
  const timestamp = isoTime()
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp,
    serializers: { err: (value: unknown) => describeErrors(value) },
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => describeFields(fields, 0) as Record<string, unknown>,
    },
  }
  // pino's `redact` takes 25 µs a line for names at two depths and 90 µs at four; reading the line takes 7, at any depth.
  const hiding = { ...options, hooks: { streamWrite: (line: string) => hideInLine(secrets, line) } }
  const log = pino(hiding, destination)
  return { log, requestLog: requestLogBeside(log, destination, timestamp) }
}

/** Lines as those of `log`, without the work that its lines need because they may be about anything: an eighth of a read. */
function requestLogBeside(log: Logger, destination: DestinationStream, timestamp: () => string): RequestLog {
  return {
    isLevelEnabled: (level) => log.isLevelEnabled(level),
    write: (level, line) => {
      const fields = JSON.stringify(line).slice(1, -1)
      destination.write(`{"level":"${level}"${timestamp()},${fields},"msg":"request"}\n`)
    },
  }
}

/** Lines are gathered for so long, because a write costs as much as a request. In milliseconds. */
const gatherMs = 50
const gatherLength = 32_768

/**
 * Gathers lines itself: pino's destination, asked to, measures all that it holds anew with each line. Written on this
 * thread: what another is about to write is lost, or comes last, when the process exits meanwhile.
 */
function standardOutput(): DestinationStream {
  const output = openDestination({ dest: 1, sync: true })
  let lines: string[] = []
  let length = 0
  let waiting = false
  const pass = () => {
    if (lines.length > 0) output.write(lines.join(''))
    lines = []
    length = 0
  }
  const passLater = () => {
    waiting = true
    const timer = setTimeout(() => {
      waiting = false
      pass()
    }, gatherMs)
    timer.unref()
  }
  // Before the destination's own listener, which closes it.
  process.prependListener('beforeExit', pass)
  process.prependListener('exit', pass)
  return {
    write(line) {
      lines.push(line)
      length += line.length
      if (length >= gatherLength) pass()
      else if (!waiting) passLater()
    },
  }
}

/** The time as pino's own `isoTime` writes it, but for a part that is the same for a whole second. */
function isoTime(): () => string {
  let second = 0
  let prefix = ''
  return () => {
    const now = Date.now()
    if (now - second >= 1000 || now < second) {
      second = now - (now % 1000)
      prefix = `,"time":"${new Date(second).toISOString().slice(0, -4)}`
    }
    return `${prefix}${String(now - second).padStart(3, '0')}Z"`
  }
}

function hideInLine(secrets: SecretValues, line: string): string {
  if (!secretNameInLine.test(line) && secrets.scrub(line) === line) return line
  return `${JSON.stringify(hide(secrets, JSON.parse(line)))}\n`
}

/** Works on the parsed line, as cutting a secret out of JSON text may leave something that is not JSON. */
function hide(secrets: SecretValues, value: Json): Json {
  if (typeof value === 'string') return secrets.scrub(value)
  if (typeof value === 'number') return secrets.scrub(`${value}`) === `${value}` ? value : redacted
  if (Array.isArray(value)) return value.map((item) => hide(secrets, item))
  if (!isJsonObject(value)) return value
  const fields = Object.entries(value).map(([name, field]) => [
    secrets.scrub(name),
    isSecretName(name) && field !== null ? redacted : hide(secrets, field),
  ])
  return Object.fromEntries(fields)
}

/** The value with every error in it replaced by what may be told of it. Copies only what it changes. */
function describeErrors(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return describeError(value, depth)
  if (typeof value !== 'object' || value === null || depth >= deepest || 'toJSON' in value) return value
  if (Array.isArray(value)) return value.map((item) => describeErrors(item, depth + 1))
  return describeFields(value, depth)
}

function describeFields(fields: object, depth: number): object {
  let described: object | undefined
  for (const name in fields) {
    const field: unknown = fields[name as never]
    if (typeof field !== 'object') continue
    const after = describeErrors(field, depth + 1)
    if (after !== field) described = { ...(described ?? fields), [name]: after }
  }
  return described ?? fields
}

function describeError(error: Error, depth: number): object {
  const facts = Object.entries(error).filter(([name, fact]) => errorFacts.includes(name) && isPlain(fact))
  const nested = depth < deepest
  return {
    type: error.name,
    ...Object.fromEntries(facts),
    message: error.message,
    stack: error.stack,
    ...(nested && error.cause instanceof Error && { cause: describeError(error.cause, depth + 1) }),
    ...(nested &&
      error instanceof AggregateError && { errors: error.errors.map((e) => describeErrors(e, depth + 1)) }),
  }
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}
