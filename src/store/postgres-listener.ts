import { randomUUID } from 'node:crypto'
import pg, { type ClientConfig, type Pool } from 'pg'
import { type Json, parseObject } from '../cluster/json.ts'
import type { Announced, Announcements } from './announcements.ts'

type Told = ReturnType<Announcements['take']>

const channel = 'clustergate'
const announced: Record<keyof Announced, true> = {
  cluster: true,
  connection: true,
  reconnect: true,
  due: true,
  sequenced: true,
}
/** How long announcements wait for others, so that a burst of commits is one notification. */
const gatherMs = 5
/** A notification carries 8,000 bytes at the most; an announcement takes less than 60. */
const perNotification = 100
const reconnectMs = 500

/**
 * Carries announcements between replicas by LISTEN/NOTIFY. They are hints: one that is lost, with its connection or its
 * sender, is made up for by those who look again by the clock. They are sent after the commit and not inside it, where
 * PostgreSQL would make the commits of all replicas wait for each other.
 */
export class PostgresListener {
  readonly #config: ClientConfig
  readonly #pool: Pool
  readonly #hear: (told: Told) => void
  readonly #origin = randomUUID()
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  #closed = false
  #waiting: Told = []
  #sending: Promise<unknown> = Promise.resolve()

  /** `hear` is told what other replicas announce, and of a `due` whenever something may have been missed. */
  constructor(config: ClientConfig, pool: Pool, hear: (told: Told) => void) {
    this.#config = config
    this.#pool = pool
    this.#hear = hear
    void this.#connect()
  }

  /** Tells the other replicas, soon. */
  send(told: Told): void {
    if (told.length === 0) return
    if (this.#waiting.length === 0) setTimeout(() => this.#flush(), gatherMs)
    this.#waiting.push(...told)
  }

  #flush(): void {
    const known = new Map(this.#waiting.map((each) => [each.join(' '), each]))
    this.#waiting = []
    const told = [...known.values()]
    for (let first = 0; first < told.length; first += perNotification) {
      const text = JSON.stringify({ origin: this.#origin, told: told.slice(first, first + perNotification) })
      const sent = this.#pool.query('SELECT pg_notify($1, $2)', [channel, text]).catch(() => {})
      this.#sending = Promise.all([this.#sending, sent])
    }
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#config)
    const again = () => {
      if (this.#client !== client || this.#closed) return
      this.#client = null
      client.end().catch(() => {})
      this.#timer = setTimeout(() => void this.#connect(), reconnectMs)
    }
    this.#client = client
    client.on('error', again)
    client.on('end', again)
    client.on('notification', ({ payload }) => this.#take(payload ?? ''))
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
      this.#hear([['due', undefined]])
    } catch {
      again()
    }
  }

  /** Whoever may connect to the database may send whatever they like: what no replica would is passed over. */
  #take(payload: string): void {
    const { origin, told } = parseObject(payload) ?? {}
    if (origin === this.#origin || !Array.isArray(told)) return
    this.#hear(told.flatMap(announcementIn))
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#waiting.length > 0) this.#flush()
    await this.#sending
    await this.#client?.end().catch(() => {})
  }
}

function announcementIn(told: Json): Told {
  const [event, id] = Array.isArray(told) ? told : []
  if (typeof event !== 'string' || !Object.hasOwn(announced, event)) return []
  return [[event as keyof Announced, typeof id === 'string' ? id : undefined]]
}
