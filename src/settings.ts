import { logLevels } from './log.ts'

/** A setting, as the README's table shows it. */
export interface Setting {
  name: string
  /** Null where leaving it out means that there is none. */
  default: string | null
  meaning: string
}

/** Every setting that there is; an environment variable each. The README's table is this one. */
export const settings = [
  {
    name: 'HOST',
    default: '127.0.0.1',
    meaning: 'Address to listen on; `0.0.0.0` for every interface',
  },
  {
    name: 'PORT',
    default: '8080',
    meaning: 'Port to listen on; `0` takes a free one',
  },
  {
    name: 'DATABASE_URL',
    default: 'file:./data/clustergate.db',
    meaning:
      'The SQLite file, as `file:PATH`, or a PostgreSQL database, as `postgres://USER:PASSWORD@HOST:PORT/NAME`; left out, `clustergate.db` in `CLUSTERGATE_DATA_DIR`',
  },
  {
    name: 'CLUSTERGATE_DATABASE_CONNECTIONS',
    default: '10',
    meaning: 'Connections to PostgreSQL of one process at the most; one more listens',
  },
  {
    name: 'CLUSTERGATE_DATA_DIR',
    default: './data',
    meaning: 'Folder for the files that the gateway itself writes',
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    meaning: `Least severe level to log: ${logLevels.map((level) => `\`${level}\``).join(', ')}`,
  },
  {
    name: 'CLUSTERGATE_SHUTDOWN_TIMEOUT_MS',
    default: '8000',
    meaning: 'Longest time that a stop leaves to what is under way',
  },
  {
    name: 'CLUSTERGATE_ADMIN_KEY',
    default: null,
    meaning: 'API key that may do everything, accepted from the first start; at least 16 characters',
  },
  {
    name: 'CLUSTERGATE_MASTER_KEY',
    default: null,
    meaning:
      'Seals every stored secret: base64 of 32 random bytes (`openssl rand -base64 32`); `serve` needs it',
  },
  {
    name: 'CLUSTERGATE_MASTER_KEY_FILE',
    default: null,
    meaning: 'File that holds the master key, instead of `CLUSTERGATE_MASTER_KEY`',
  },
  {
    name: 'CLUSTERGATE_MASTER_KEY_COMMAND',
    default: null,
    meaning: 'Command that prints the master key, instead of `CLUSTERGATE_MASTER_KEY`; run without a shell',
  },
  {
    name: 'CLUSTERGATE_PREVIOUS_MASTER_KEYS',
    default: null,
    meaning: 'Earlier master keys, which still open what they sealed; set apart by commas',
  },
  {
    name: 'CLUSTERGATE_PREVIOUS_MASTER_KEYS_FILE',
    default: null,
    meaning: 'File that holds earlier master keys, one a line, instead; it may be empty',
  },
  {
    name: 'CLUSTERGATE_PREVIOUS_MASTER_KEYS_COMMAND',
    default: null,
    meaning: 'Command that prints earlier master keys, one a line, instead',
  },
  {
    name: 'CLUSTERGATE_RECOVERY',
    default: null,
    meaning: '`read-only` starts without a master key that is lost: everything can be read, nothing changed',
  },
  {
    name: 'CLUSTERGATE_OIDC_ISSUERS',
    default: null,
    meaning:
      'Who else may vouch for callers: a JSON list of OIDC issuers, or the path of a file with one; see [access](docs/access.md#openid-connect)',
  },
  {
    name: 'CLUSTERGATE_AUTH_FAILURES_PER_MINUTE',
    default: '30',
    meaning: 'Failed authentications from one address in a minute, after which more are answered 429',
  },
  {
    name: 'CLUSTERGATE_AUDIT_RETENTION_DAYS',
    default: null,
    meaning:
      'Days after which audit entries are pruned, whose leaf hashes stay, and what clusters were before. Left out, both are kept for ever',
  },
  {
    name: 'CLUSTERGATE_TRUSTED_PROXIES',
    default: null,
    meaning:
      'Addresses of the proxies in front, such as `10.0.0.7, ::1`, or networks of nothing but proxies: whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed',
  },
  {
    name: 'CLUSTERGATE_CORS_ORIGINS',
    default: null,
    meaning:
      'Origins whose pages may call from a browser, such as `https://console.example.com`; left out, none may',
  },
  {
    name: 'CLUSTERGATE_ALLOWED_UPSTREAM_CIDRS',
    default: null,
    meaning: 'Private networks in which a connection may reach a provider, such as `10.20.0.0/16`',
  },
  {
    name: 'CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS',
    default: 'false',
    meaning: 'Lets a connection reach a provider on this machine, by plain `http`',
  },
  {
    name: 'CLUSTERGATE_POLL_INITIAL_MS',
    default: '2000',
    meaning: 'First wait between two looks at a cluster that is changing; later ones grow',
  },
  {
    name: 'CLUSTERGATE_POLL_MAX_MS',
    default: '30000',
    meaning: 'Longest wait between two looks at a cluster that is changing',
  },
  {
    name: 'CLUSTERGATE_SYNC_INTERVAL_MS',
    default: '300000',
    meaning: "Time between two syncs of a connection, each of which reads the provider's whole list",
  },
] as const satisfies readonly Setting[]

export type SettingName = (typeof settings)[number]['name']

/** Environment variables as they are given. */
export type Environment = Readonly<Record<string, string | undefined>>
