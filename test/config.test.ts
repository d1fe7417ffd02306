import { mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'
import { type Environment, settings } from '../src/settings.ts'

const masterKey = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA='
const adminKey = 'admin-key-of-a-test'
const optional = { requireMasterKey: false }
const required = { requireMasterKey: true }

/** The problems as `setting: message`. */
function problemsOf(env: Environment, options = optional): string[] {
  try {
    readConfig(env, options)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.setting}: ${p.message}`)
    throw error
  }
  return []
}

describe('without settings', () => {
  it('everything has the default that the table says, and there is no secret', () => {
    const { config, secrets } = readConfig({}, optional)
    expect(config).toEqual({
      host: '127.0.0.1',
      port: 8080,
      database: { engine: 'sqlite', file: './data/clustergate.db' },
      databaseConnections: 10,
      dataDir: './data',
      pollInitialMs: 2000,
      pollMaxMs: 30_000,
      syncIntervalMs: 300_000,
      shutdownTimeoutMs: 8000,
      auditRetentionMs: null,
      allowLoopbackUpstreams: false,
      trustedProxies: [],
      corsOrigins: [],
      allowedUpstreams: [],
      logLevel: 'info',
      oidcIssuers: [],
      authFailuresPerMinute: 30,
      readOnly: false,
    })
    const none = { kind: 'none' }
    const keySources = { current: none, previous: none }
    const keys = { masterKey: null, previousMasterKeys: [], keySources }
    expect(secrets).toEqual({ ...keys, adminKey: null, databaseUrl: null, texts: [] })
    const defaults = Object.fromEntries(
      settings.map((setting) => [setting.name, setting.default ?? undefined]),
    )
    expect(readConfig(defaults, optional).config).toEqual(config)
  })

  it('an empty variable counts as left out', () => {
    const empty = Object.fromEntries(settings.map((setting) => [setting.name, '']))
    expect(readConfig(empty, optional)).toEqual(readConfig({}, optional))
  })

  it('serve wants a master key and says how to make one', () => {
    expect(problemsOf({}, required)).toEqual([
      expect.stringMatching(
        /^CLUSTERGATE_MASTER_KEY: It is not set.*CLUSTERGATE_MASTER_KEY_FILE.*openssl rand/,
      ),
    ])
  })
})

describe('settings that are given', () => {
  it('are read', () => {
    const env = {
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_URL: 'file:/data/gate.db',
      CLUSTERGATE_DATA_DIR: '/data',
      CLUSTERGATE_POLL_INITIAL_MS: '10',
      CLUSTERGATE_POLL_MAX_MS: '10',
      CLUSTERGATE_SYNC_INTERVAL_MS: '60000',
      CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS: 'true',
      CLUSTERGATE_SHUTDOWN_TIMEOUT_MS: '1',
      CLUSTERGATE_DATABASE_CONNECTIONS: '30',
      LOG_LEVEL: 'silent',
      CLUSTERGATE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      CLUSTERGATE_CORS_ORIGINS: 'https://console.example.com,http://localhost:3000',
      CLUSTERGATE_ALLOWED_UPSTREAM_CIDRS: '10.20.0.0/16',
    }
    expect(readConfig(env, optional).config).toEqual({
      host: '0.0.0.0',
      port: 0,
      database: { engine: 'sqlite', file: '/data/gate.db' },
      databaseConnections: 30,
      dataDir: '/data',
      pollInitialMs: 10,
      pollMaxMs: 10,
      syncIntervalMs: 60_000,
      shutdownTimeoutMs: 1,
      auditRetentionMs: null,
      allowLoopbackUpstreams: true,
      trustedProxies: ['10.0.0.0/8', '::1'],
      corsOrigins: ['https://console.example.com', 'http://localhost:3000'],
      allowedUpstreams: ['10.20.0.0/16'],
      logLevel: 'silent',
      oidcIssuers: [],
      authFailuresPerMinute: 30,
      readOnly: false,
    })
  })

  it('issuers are read from the setting itself or from a file', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'clustergate-config-'))
    const file = join(folder.path, 'issuers.json')
    const text = JSON.stringify([issuer])
    writeFileSync(file, text)
    const [inline, read] = [text, file].map(
      (given) => readConfig({ CLUSTERGATE_OIDC_ISSUERS: given }, optional).config.oidcIssuers,
    )
    expect(inline).toMatchObject([{ issuer: 'https://issuer.example', audience: ['clustergate'] }])
    expect(read).toEqual(inline)
  })

  it.each([
    ['file:./data/gate.db', './data/gate.db'],
    ['file:gate.db', 'gate.db'],
    ['file:/var/lib/gate.db', '/var/lib/gate.db'],
    ['file:///var/lib/gate.db', '/var/lib/gate.db'],
  ])('DATABASE_URL=%s is the file %s', (url, file) => {
    expect(readConfig({ DATABASE_URL: url }, optional).config.database).toEqual({ engine: 'sqlite', file })
  })

  it('DATABASE_URL=postgres://… is a database on a server, and the rest of it a secret', () => {
    const url = 'postgres://gate:p%40ss-word@db.example.com:5433/inventory'
    const { config, secrets } = readConfig({ DATABASE_URL: url }, optional)
    expect(config.database).toEqual({ engine: 'postgres', host: 'db.example.com:5433', name: 'inventory' })
    expect(JSON.stringify(config)).not.toContain('word')
    expect(secrets.databaseUrl).toBe(url)
    expect(secrets.texts).toEqual(expect.arrayContaining([url, 'p@ss-word']))
  })

  it.each(['127.0.0.1', '::', '::1', 'localhost', 'gate.example.com'])('HOST=%s is an address', (host) => {
    expect(readConfig({ HOST: host }, optional).config.host).toBe(host)
  })
})

const issuer = {
  issuer: 'https://issuer.example',
  audience: 'clustergate',
  rules: [{ when: { groups: 'admins' }, role: 'admin', team: '*' }],
}

const wrongIssuers: [unknown, RegExp][] = [
  [{ ...issuer, issuer: 'http://issuer.example' }, /\/0\/issuer: must be an https URL/],
  [{ ...issuer, issuer: 'https://issuer.example?a=b' }, /\/0\/issuer: must be an https URL/],
  [{ ...issuer, jwksUri: 'keys.json' }, /\/0\/jwksUri: must be an https URL/],
  [{ ...issuer, audience: [] }, /\/0\/audience/],
  [{ ...issuer, algorithms: ['HS256'] }, /\/0\/algorithms\/0: must be of RS256/],
  [{ ...issuer, algorithms: ['none'] }, /\/0\/algorithms\/0: must be of RS256/],
  [{ ...issuer, rules: [] }, /\/0\/rules: must have a rule/],
  [{ ...issuer, rules: [{ when: {}, role: 'admin', team: '*' }] }, /\/0\/rules\/0\/when: must name a claim/],
  [
    { ...issuer, rules: [{ when: { a: 'b' }, role: 'root', team: '*' }] },
    /\/0\/rules\/0\/role: must be one of viewer/,
  ],
  [
    { ...issuer, rules: [{ when: { a: 'b' }, role: 'admin', team: 'A B' }] },
    /\/0\/rules\/0\/team: must be a team/,
  ],
  [{ ...issuer, rule: [] }, /Unrecognized key: "rule"/],
  [[issuer, issuer], /must name each issuer once/],
  [{ ...issuer, issuer: 'http://127.0.0.1:9000' }, /read by plain http/],
]

describe('a setting that is wrong is named, with what is wrong and what to do', () => {
  it.each([
    ['HOST', 'two words', /"two words" is not an IP address or a host name\..* for 127\.0\.0\.1\./],
    ['PORT', 'eighty', /"eighty" is not a whole number from 0 to 65535\..* for 8080\./],
    ['PORT', '65536', /from 0 to 65535/],
    ['PORT', '80.5', /from 0 to 65535/],
    ['CLUSTERGATE_POLL_INITIAL_MS', '0', /"0" is not a whole number from 1 to .* for 2000\./],
    ['CLUSTERGATE_SYNC_INTERVAL_MS', '-1', /whole number/],
    ['CLUSTERGATE_SHUTDOWN_TIMEOUT_MS', '99999999999', /whole number/],
    ['CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS', 'yes', /"yes" is not true or false/],
    ['CLUSTERGATE_AUTH_FAILURES_PER_MINUTE', '0', /whole number from 1/],
    ['CLUSTERGATE_OIDC_ISSUERS', '[', /neither a JSON list of issuers nor a file with one\./],
    ['CLUSTERGATE_OIDC_ISSUERS', '/nowhere/issuers.json', /nor a file with one \(ENOENT\)/],
    ...wrongIssuers.map(([given, message]): [string, string, RegExp] => [
      'CLUSTERGATE_OIDC_ISSUERS',
      JSON.stringify([given].flat()),
      message,
    ]),
    ...['10.0.0.0/33', 'proxy.internal', '10.0.0.0/8/8', '10.0.0.1,', '*'].flatMap(
      (blocks): [string, string, RegExp][] => [
        ['CLUSTERGATE_TRUSTED_PROXIES', blocks, /is not an IP address or a network such as 10\.0\.0\.0\/8\./],
        ['CLUSTERGATE_ALLOWED_UPSTREAM_CIDRS', blocks, /is not an IP address or a network/],
      ],
    ),
    ...[
      '*',
      'null',
      'http://example.com',
      'https://example.com/',
      'https://*.example.com',
      'example.com',
    ].map((origin): [string, string, RegExp] => [
      'CLUSTERGATE_CORS_ORIGINS',
      origin,
      /is not an https origin/,
    ]),
    ['LOG_LEVEL', 'loud', /"loud" is not one of trace, debug, info, warn, error, fatal, silent/],
    ['CLUSTERGATE_ADMIN_KEY', 'short-one-15-ch', /shorter than 16 characters/],
    ['CLUSTERGATE_ADMIN_KEY', 'with a space in the middle', /white space/],
    ['CLUSTERGATE_ADMIN_KEY', 'ünprintable-in-a-header', /other than ASCII/],
    ['CLUSTERGATE_MASTER_KEY', 'AAAA', /it has 3 bytes\. "openssl rand/],
    ['CLUSTERGATE_MASTER_KEY', 'a passphrase', /it is not base64/],
    ['CLUSTERGATE_MASTER_KEY', Buffer.alloc(32).toString('base64'), /all zeros/],
    ['CLUSTERGATE_MASTER_KEY_COMMAND', 'false', /"false" ended with 1/],
    ['CLUSTERGATE_MASTER_KEY_COMMAND', 'echo "key', /A quote is not closed/],
    ['CLUSTERGATE_MASTER_KEY_COMMAND', 'echo', /it is empty\. "openssl rand/],
    ['CLUSTERGATE_PREVIOUS_MASTER_KEYS', `${masterKey},AAAA`, /Key 2 of 2: .*it has 3 bytes/],
    ['CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE', '/nowhere/keys', /"\/nowhere\/keys" cannot be read \(ENOENT\)/],
    ['CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND', 'no-such-program', /cannot be started \(ENOENT\)/],
    ['CLUSTERGATE_RECOVERY', 'yes', /"yes" is not read-only/],
    [
      'CLUSTERGATE_MASTER_KEY_FILE',
      `${'A'.repeat(42)}E=`,
      /What looks like a master key, and no path, cannot be read/,
    ],
    ['CLUSTERGATE_MASTER_KEY_FILE', '/nowhere/key', /"\/nowhere\/key" cannot be read \(ENOENT\)/],
    ['DATABASE_URL', 'postgres://u:a/b@h/d', /not postgres:\/\/USER:PASSWORD@HOST:PORT\/DATABASE/],
    ['DATABASE_URL', 'postgres://u:50%off@h/d', /not postgres:\/\/USER:PASSWORD@HOST:PORT\/DATABASE/],
    ['DATABASE_URL', 'postgresql://h', /not postgres:\/\/USER:PASSWORD@HOST:PORT\/DATABASE/],
    ...['sqlite:a.db', 'a.db', 'file:', 'file://host/a.db', 'file:a.db?mode=ro', 'file::memory:'].map(
      (url): [string, string, RegExp] => ['DATABASE_URL', url, /neither file:PATH/],
    ),
  ])('%s=%s', (name, value, message) => {
    const problems = problemsOf({ [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name}: .*${message.source}`))
  })

  it('when two do not go together', () => {
    expect(problemsOf({ CLUSTERGATE_POLL_INITIAL_MS: '40000' })).toEqual([
      expect.stringMatching(
        /^CLUSTERGATE_POLL_MAX_MS: 30000 is less than CLUSTERGATE_POLL_INITIAL_MS, which is 40000/,
      ),
    ])
  })

  it('all at once, in one message', () => {
    const env = { PORT: 'x', LOG_LEVEL: 'x', CLUSTERGATE_POLL_MAX_MS: '1', CLUSTERGATE_TYPO: 'x' }
    const message = new ConfigError([]).message
    expect(() => readConfig(env, required)).toThrow(message)
    const settingsNamed = problemsOf(env, required).map((problem) => problem.split(':')[0])
    const expected = [
      'CLUSTERGATE_MASTER_KEY',
      'CLUSTERGATE_POLL_MAX_MS',
      'CLUSTERGATE_TYPO',
      'LOG_LEVEL',
      'PORT',
    ]
    expect(settingsNamed.sort()).toEqual(expected)
  })
})

describe('a variable that nothing reads', () => {
  it.each([
    ['CLUSTERGATE_POLL_INITAL_MS', 'Did you mean CLUSTERGATE_POLL_INITIAL_MS?'],
    ['CLUSTERGATE_PORT', 'Did you mean PORT?'],
    ['CLUSTERGATE_MASTERKEY', 'Did you mean CLUSTERGATE_MASTER_KEY?'],
    ['CLUSTERGATE_COLOUR_OF_THE_LOGO', 'Remove it.'],
  ])('%s is taken for a typo', (name, remedy) => {
    expect(problemsOf({ [name]: 'value-given' })).toEqual([`${name}: There is no such setting. ${remedy}`])
  })

  it('is left alone when it is not ours, or is what Kubernetes sets for a Service of our name', () => {
    const env = {
      PATH: '/bin',
      PORTS: 'x',
      CLUSTERGATE_SERVICE_HOST: '10.0.0.1',
      CLUSTERGATE_SERVICE_PORT: '8080',
      CLUSTERGATE_SERVICE_PORT_HTTP: '8080',
      CLUSTERGATE_PORT: 'tcp://10.0.0.1:8080',
      CLUSTERGATE_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      CLUSTERGATE_PORT_8080_TCP_PROTO: 'tcp',
      CLUSTERGATE_PORT_8080_TCP_ADDR: '10.0.0.1',
      CLUSTERGATE_API_SERVICE_HOST: '10.0.0.2',
    }
    expect(problemsOf(env)).toEqual([])
  })
})

describe('secrets', () => {
  it('are apart from the config, and known to the log as they were written', () => {
    const env = { CLUSTERGATE_MASTER_KEY: ` ${masterKey}\n`, CLUSTERGATE_ADMIN_KEY: adminKey }
    const { config, secrets } = readConfig(env, required)
    expect(secrets.masterKey?.kid).toMatch(/^[0-9a-f]{16}$/)
    expect(secrets.adminKey).toBe(adminKey)
    expect(secrets.texts).toEqual([masterKey, adminKey])
    for (const text of secrets.texts) expect(inspect(config, { depth: null })).not.toContain(text)
  })

  it('the master key may be in a file', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'clustergate-'))
    const path = join(folder.path, 'master.key')
    writeFileSync(path, `${masterKey}\n`)
    const { secrets } = readConfig({ CLUSTERGATE_MASTER_KEY_FILE: path }, required)
    expect(secrets.masterKey?.kid).toBe(
      readConfig({ CLUSTERGATE_MASTER_KEY: masterKey }, required).secrets.masterKey?.kid,
    )
    expect(secrets.texts).toEqual([masterKey])

    expect(problemsOf({ CLUSTERGATE_MASTER_KEY: masterKey, CLUSTERGATE_MASTER_KEY_FILE: path })).toEqual([
      'CLUSTERGATE_MASTER_KEY: CLUSTERGATE_MASTER_KEY_FILE is set too. Set one of the two.',
    ])

    writeFileSync(path, 'not a key')
    expect(problemsOf({ CLUSTERGATE_MASTER_KEY_FILE: path })).toEqual([
      expect.stringMatching(/^CLUSTERGATE_MASTER_KEY_FILE: .*it is not base64/),
    ])
  })

  it('there may be previous master keys, from one source or another, or none in it', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'clustergate-'))
    const path = join(folder.path, 'previous.keys')
    const another = Buffer.alloc(32, 7).toString('base64')
    writeFileSync(path, `${another}\n\n ${masterKey}\n`)
    const read = (env: Environment) => readConfig(env, optional).secrets
    const kids = (env: Environment) => read(env).previousMasterKeys.map(({ kid }) => kid)
    const fromFile = kids({ CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE: path })
    expect(fromFile).toHaveLength(2)
    expect(kids({ CLUSTERGATE_PREVIOUS_MASTER_KEYS: `${another}, ${masterKey}` })).toEqual(fromFile)
    const command = `cat ${path}`
    expect(kids({ CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND: command })).toEqual(fromFile)
    const { texts, keySources } = read({ CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND: command })
    expect([texts, keySources.previous]).toEqual([[another, masterKey], { kind: 'command', command }])
    writeFileSync(path, '\n')
    expect(kids({ CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE: path })).toEqual([])
    expect(kids({ CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND: 'true' })).toEqual([])
  })

  it('come from one source each', () => {
    const twice = {
      CLUSTERGATE_PREVIOUS_MASTER_KEYS: masterKey,
      CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND: 'true',
    }
    const thrice = {
      CLUSTERGATE_MASTER_KEY: masterKey,
      CLUSTERGATE_MASTER_KEY_FILE: '/nowhere',
      CLUSTERGATE_MASTER_KEY_COMMAND: `echo ${masterKey}`,
    }
    expect(problemsOf({ ...twice, ...thrice })).toEqual([
      expect.stringContaining('CLUSTERGATE_MASTER_KEY_FILE: "/nowhere" cannot be read'),
      'CLUSTERGATE_MASTER_KEY: CLUSTERGATE_MASTER_KEY_FILE and CLUSTERGATE_MASTER_KEY_COMMAND are set too. Set one of the three.',
      'CLUSTERGATE_PREVIOUS_MASTER_KEYS: CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND is set too. Set one of the two.',
    ])
  })

  it('the master key may be left out in a recovery', () => {
    const { config, secrets } = readConfig({ CLUSTERGATE_RECOVERY: 'read-only' }, required)
    expect([config.readOnly, secrets.masterKey]).toEqual([true, null])
  })

  it('are not shown when they are wrong', () => {
    const env = {
      CLUSTERGATE_MASTER_KEY: 'hush-hush-1 not a key',
      CLUSTERGATE_ADMIN_KEY: 'hush-hush-2 with space',
      DATABASE_URL: 'postgres://user:hush-hush-3@host',
      CLUSTERGATE_MASTER_KEYS: 'hush-hush-4',
    }
    const problems = problemsOf(env)
    expect(problems).toHaveLength(4)
    expect(problems.join()).not.toContain('hush')
  })
})
