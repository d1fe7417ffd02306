import { execFileSync, spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createLoggers } from '../src/log.ts'
import { SecretValues } from '../src/vault/secret-values.ts'

const secret = 'a "quoted" secret'

/** A logger and the lines that it wrote, parsed. */
function capture(permanent: string[] = [secret]) {
  const texts: string[] = []
  const secrets = new SecretValues(permanent)
  const { log, requestLog } = createLoggers({
    level: 'info',
    secrets,
    destination: { write: (line) => void texts.push(line) },
  })
  return { log, requestLog, secrets, texts, lines: () => texts.map((text) => JSON.parse(text)) }
}

describe('a line', () => {
  it('is one JSON object with time, level, message and fields', () => {
    const { log, texts, lines } = capture()
    log.info({ requestId: 'req_1', nested: { list: [1, null, { ok: true }] } }, 'request')
    expect(texts.join('')).toMatch(/^[^\n]+\n$/)
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        requestId: 'req_1',
        nested: { list: [1, null, { ok: true }] },
        msg: 'request',
      },
    ])
  })

  it('of a request looks like every other', () => {
    const { requestLog, texts, lines } = capture()
    const line = { method: 'GET', route: null, path: '/a"b', status: 404, durationMs: 0.25 }
    requestLog.write('info', { ...line, requestId: 'r', actor: null, bytes: 7, traceId: 'abc' })
    expect(texts.join('')).toMatch(/^\{"level":"info","time":"[^\n]+\}\n$/)
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const written = { ...line, requestId: 'r', actor: null, bytes: 7, traceId: 'abc' }
    expect(lines()).toEqual([{ level: 'info', time, ...written, msg: 'request' }])
    expect([requestLog.isLevelEnabled('info'), requestLog.isLevelEnabled('debug')]).toEqual([true, false])
  })

  it('below the level is not written', () => {
    const { log, texts } = capture()
    log.debug('quiet')
    expect(texts).toEqual([])
  })
})

describe('a field with a secret name', () => {
  const names = [
    'authorization',
    'Authorization',
    'apiKey',
    'api_key',
    'X-API-Key',
    'password',
    'key',
    'masterKey',
  ]

  it.each([...names, 'adminKey', 'token', 'cookie', 'credentials'])('%s is hidden at any depth', (name) => {
    const { log, lines } = capture()
    log.info({ [name]: 'v1', a: { [name]: ['v2'], b: [{ c: { [name]: { d: 'v3' } } }] } }, 'x')
    log.child({ [name]: 'v4', a: { [name]: 5 } }).info('x')
    expect(lines()).toMatchObject([
      { [name]: '[redacted]', a: { [name]: '[redacted]', b: [{ c: { [name]: '[redacted]' } }] } },
      { [name]: '[redacted]', a: { [name]: '[redacted]' } },
    ])
  })

  it('leaves its neighbours and its likes as they are', () => {
    const { log, lines } = capture()
    const fields = {
      keyId: 'key_1',
      monkey: 'a',
      apiKeyFingerprint: '01ab',
      tokens: 3,
      cluster: { state: 'READY' },
    }
    log.info({ ...fields, apiKey: 'v', password: null }, 'the key: "value"')
    expect(lines()).toMatchObject([
      { ...fields, apiKey: '[redacted]', password: null, msg: 'the key: "value"' },
    ])
  })
})

describe('a secret value', () => {
  it('is hidden in messages, fields, names, errors, numbers and child loggers, in valid JSON', () => {
    const { log, secrets, texts, lines } = capture([secret, '","level":', '12345678'])
    secrets.add('added later')
    log.info(
      { url: `https://host/?k=${encodeURIComponent(secret)}`, [secret]: 1 },
      `with ${secret} and added later`,
    )
    log.info({ body: JSON.stringify({ given: secret }), number: 12345678, list: [secret] }, '","level":')
    log.error(new Error(`refused: ${secret}`))
    log.child({ given: secret }).info(secret)
    expect(lines()).toHaveLength(4)
    expect(lines()[0]).toMatchObject({ '[redacted]': 1, msg: 'with [redacted] and [redacted]' })
    expect(lines()[1]).toMatchObject({
      body: '{"given":"[redacted]"}',
      number: '[redacted]',
      list: ['[redacted]'],
    })
    expect(texts.join('')).not.toMatch(/quoted|added later|12345678/)
  })

  it('is hidden by the shape of a key, though nobody named it', () => {
    const { log, lines } = capture()
    log.warn({ header: 'Bearer abcdefghijklmnop1234' }, 'got cgk_abcdefgh12345678')
    expect(lines()).toMatchObject([{ header: 'Bearer [redacted]', msg: 'got cgk_[redacted]' }])
  })
})

describe('an error', () => {
  const details = {
    code: 'E_UPSTREAM',
    httpStatus: 502,
    headers: { via: 'h' },
    body: 'request body',
    request: {},
  }
  const failure = () => Object.assign(new TypeError('refused', { cause: new Error('deeper') }), details)

  it.each([
    ['itself', failure(), 'err'],
    ['a field', { err: failure() }, 'err'],
    ['another field', { reason: failure() }, 'reason'],
  ])('logged as %s tells type, code, message, stack and cause, never a request', (_, fields, name) => {
    const { log, lines } = capture()
    log.error(fields)
    const error = lines()[0][name]
    expect(error).toMatchObject({
      type: 'TypeError',
      code: 'E_UPSTREAM',
      httpStatus: 502,
      message: 'refused',
    })
    expect(error.stack).toContain('TypeError: refused\n    at ')
    expect(error.cause).toMatchObject({ type: 'Error', message: 'deeper' })
    expect(Object.keys(error).sort()).toEqual(['cause', 'code', 'httpStatus', 'message', 'stack', 'type'])
  })

  it('is described in lists, in aggregates, in child loggers, and ends where causes go in a circle', () => {
    const { log, lines } = capture()
    const circular = new Error('round')
    circular.cause = circular
    log.error({ all: [failure(), { deep: failure() }], many: new AggregateError([failure()], 'all failed') })
    log.error({ circular })
    log.child({ err: failure() }).error('x')
    const told = { code: 'E_UPSTREAM', message: 'refused' }
    expect(lines()).toMatchObject([
      { all: [told, { deep: told }], many: { message: 'all failed', errors: [told] } },
      { circular: { message: 'round', cause: { message: 'round' } } },
      { err: told },
    ])
    expect(JSON.stringify(lines())).not.toContain('request body')
  })
})

it('writes everything before the process exits', () => {
  const program = `
    import { createLoggers } from './src/log.ts'
    import { SecretValues } from './src/vault/secret-values.ts'
    const { log } = createLoggers({ level: 'info', secrets: new SecretValues() })
    for (let i = 0; i < 1000; i++) log.info({ i }, 'line')
    process.exit(3)`
  let output = ''
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: `${import.meta.dirname}/..`,
    })
  } catch (error) {
    expect(error).toMatchObject({ status: 3, stdout: expect.any(String) })
    if (error instanceof Error && 'stdout' in error) output = String(error.stdout)
  }
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map((line) => line.i)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
})

it('writes each line though no thread of the pool is free, and without waiting for another line', async () => {
  const program = `
    import { pbkdf2 } from 'node:crypto'
    import { createLoggers } from './src/log.ts'
    import { SecretValues } from './src/vault/secret-values.ts'
    const { log } = createLoggers({ level: 'info', secrets: new SecretValues() })
    // Keeps every thread of the pool from anything else.
    for (let i = 0; i < 8; i++) pbkdf2('a', 'b', 400_000, 64, 'sha512', () => {})
    log.info('first')
    process.stdin.once('data', () => log.info('second'))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: `${import.meta.dirname}/..`,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const chunk of child.stdout) {
    output += chunk
    if (!output.includes('second')) child.stdin.write('go on')
    if (output.includes('second')) break
  }
  child.kill('SIGKILL')
  expect(output).toMatch(/"msg":"first".*\n.*"msg":"second"/)
}, 30_000)
