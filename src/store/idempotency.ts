import { and, asc, eq, getTableColumns, gte, lt, sql } from 'drizzle-orm'
import { receiptHeaders } from '../audit/receipt.ts'
import type { Receipt } from '../cluster/actor.ts'
import { Problem } from '../cluster/problem.ts'
import { compiledRead } from './compiled.ts'
import { insertRow } from './statements.ts'
import type { Session, Store } from './store.ts'

/** A request that says it must happen once at the most. */
export interface IdempotencyClaim {
  /** Whose key it is: one caller's keys never meet another's. */
  callerId: string
  key: string
  /** Tells one request from another; hex. */
  fingerprint: string
  /** The receipt of what was done, once it was written down: a repeat is given it again. */
  receipt?(): Receipt | null
}

/** The answer that a request got, to be given again. It holds no secret. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** An answer that was kept. */
export interface KeptAnswer extends Answer {
  /** The cluster that it shows. */
  clusterId: string | null
}

/** The same request was answered already: this is its answer. Thrown inside a write, so that the write does nothing. */
export class AlreadyAnswered extends Error {
  readonly answer: KeptAnswer

  constructor(answer: KeptAnswer) {
    super('this request was answered before')
    this.name = 'AlreadyAnswered'
    this.answer = answer
  }
}

/** The answer given to this request before, or null. Fails with `idempotency-key-reused` if it was another request. */
export async function findAnswer(session: Session, claim: IdempotencyClaim): Promise<KeptAnswer | null> {
  const select = compiledRead(session, 'find answer', ({ db, tables: { idempotencyKeys: keys } }) => {
    const columns = getTableColumns(keys)
    const query = db
      .select()
      .from(keys)
      .where(and(eq(keys.callerId, sql.placeholder('callerId')), eq(keys.key, sql.placeholder('key'))))
    return { columns, query }
  })
  const [row] = await select({ callerId: claim.callerId, key: claim.key })
  if (!row) return null
  if (row.fingerprint !== claim.fingerprint) {
    throw new Problem(
      'idempotency-key-reused',
      'This Idempotency-Key was sent before with another request. Use a new key for a new request.',
    )
  }
  return { status: row.status, headers: row.headers, body: row.body, clusterId: row.clusterId }
}

/** First thing in a write that may be repeated: stops it if it was done already. */
export async function refuseRepeat(session: Session, claim: IdempotencyClaim | undefined): Promise<void> {
  const answer = claim && (await findAnswer(session, claim))
  if (answer) throw new AlreadyAnswered(answer)
}

/** Last thing in a write that may be repeated: keeps its answer. */
export async function keepAnswer(
  store: Store,
  session: Session,
  claim: IdempotencyClaim | undefined,
  answer: Answer,
  clusterId: string | null,
): Promise<void> {
  if (!claim) return
  const { receipt, ...request } = claim
  const given = receipt?.()
  await insertRow(session, 'idempotency key', session.tables.idempotencyKeys, {
    ...request,
    ...answer,
    headers: { ...answer.headers, ...(given && receiptHeaders(given)) },
    clusterId,
    createTime: store.clock.now(),
  })
}

/** How long an answer is kept at the least, in milliseconds. The design of HTTP APIs allows less; a week-end must fit. */
const keptMs = 7 * 24 * 3600 * 1000

/** Rows that one transaction forgets: what they were is held in memory until it ends. */
export const forgottenAtOnce = 1000

/** Forgets answers that are old enough, except those whose cluster still exists. Answers how many. */
export async function forgetOldAnswers(store: Store): Promise<number> {
  const until = store.clock.now() - keptMs
  let total = 0
  for (let from = 0; ; ) {
    const times = await store.write((session) => forgetAnswers(session, from, until))
    total += times.length
    if (times.length < forgottenAtOnce) return total
    // Those before are kept, or gone.
    from = Math.max(...times)
  }
}

/** The first of them that were made in that time. Answers when each was. */
async function forgetAnswers({ db, tables }: Session, from: number, until: number): Promise<number[]> {
  const { idempotencyKeys: keys, clusters } = tables
  const shown = sql`select 1 from ${clusters} where ${clusters.id} = ${keys.clusterId} and ${clusters.state} <> 'DELETED'`
  const old = db
    .select({ callerId: keys.callerId, key: keys.key })
    .from(keys)
    .where(and(gte(keys.createTime, from), lt(keys.createTime, until), sql`not exists (${shown})`))
    .orderBy(asc(keys.createTime))
    .limit(forgottenAtOnce)
  const forgotten = await db
    .delete(keys)
    .where(sql`(${keys.callerId}, ${keys.key}) in (${old})`)
    .returning({ time: keys.createTime })
  return forgotten.map(({ time }) => time)
}
