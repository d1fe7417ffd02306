import { desc, eq, isNull } from 'drizzle-orm'
import type { AuditAction } from '../cluster/audit.ts'
import { Problem } from '../cluster/problem.ts'
import type { AuditRecord } from './audit-entries.ts'
import { recordAudit } from './audit-entries.ts'
import { putCanary } from './meta.ts'
import type { Mutation } from './mutation.ts'
import {
  countByKid,
  nameOf,
  readSealed,
  type SealedColumn,
  type SealedValue,
  sealedColumns,
} from './sealed-columns.ts'
import type { Session, Store, Tables } from './store.ts'

export type MasterKeyRow = Tables['masterKeys']['$inferSelect']

/** Every master key that this database was ever sealed with, the latest first. */
export function readMasterKeys({ db, tables }: Session): Promise<MasterKeyRow[]> {
  return db.select().from(tables.masterKeys).orderBy(desc(tables.masterKeys.activateTime))
}

/** The id of the key that seals, or null before the first start. */
export async function readCurrentKid({ db, tables: { masterKeys } }: Session): Promise<string | null> {
  const [row] = await db
    .select({ kid: masterKeys.kid })
    .from(masterKeys)
    .where(isNull(masterKeys.retireTime))
    .orderBy(desc(masterKeys.activateTime))
    .limit(1)
  return row?.kid ?? null
}

/** How many values each key wraps, by its id and then by the column, such as `credentials.sealed`. */
export async function countSealed(
  session: Session,
  kidOffset: number,
): Promise<Map<string, Record<string, number>>> {
  const counts = new Map<string, Record<string, number>>()
  for (const column of sealedColumns) {
    for (const [kid, values] of await countByKid(session, column, kidOffset)) {
      counts.set(kid, { ...counts.get(kid), [nameOf(column, session)]: values })
    }
  }
  return counts
}

/**
 * The first start on an empty database: what its keys will be known by, and the canary. Of processes that start together
 * the first one decides.
 */
export function beginSealing(store: Store, kid: string, canary: string): Promise<void> {
  return store.write(async (session) => {
    if ((await readMasterKeys(session)).length > 0) return
    await activate(store, session, kid)
    await putCanary(session, canary)
  })
}

/** Notes the key of a database that was sealed before keys were noted. */
export function noteMasterKey(store: Store, kid: string): Promise<void> {
  return store.write((session) => activate(store, session, kid))
}

/** Makes a key the one that seals from now on. Does nothing if it is that already. */
export function activateMasterKey(store: Store, mutation: Mutation, kid: string): Promise<void> {
  return store.write(async (session) => {
    const before = await readCurrentKid(session)
    if (before === kid) return
    await activate(store, session, kid)
    await record(store, session, mutation, 'master-key.rotate', [{ path: '/currentKid', before, after: kid }])
  })
}

async function record(
  store: Store,
  session: Session,
  { who }: Pick<Mutation, 'who'>,
  action: AuditAction,
  changes: NonNullable<AuditRecord['changes']>,
): Promise<void> {
  await recordAudit(store, session, who, {
    action,
    outcome: 'SUCCESS',
    targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
    team: null,
    changes,
  })
}

/** Inside the transaction of whoever has a reason to. Refuses a key that was retired. */
export async function activate(store: Store, session: Session, kid: string): Promise<void> {
  const { masterKeys } = session.tables
  const known = await readMasterKeys(session)
  if (known.some((key) => key.kid === kid && key.retireTime !== null)) {
    throw new Problem('key-not-rotatable', `Master key ${kid} was retired. Take a new one.`)
  }
  const [latest] = known
  // The clock may stand, or have been set back: the latest is the latest all the same.
  const activateTime = Math.max(store.clock.now(), (latest?.activateTime ?? 0) + 1)
  await session.db
    .insert(masterKeys)
    .values({ kid, activateTime, retireTime: null })
    .onConflictDoUpdate({ target: masterKeys.kid, set: { activateTime } })
}

/** Writes down that everything is under the current key. */
export function recordRewrap(store: Store, mutation: Mutation, kid: string, values: number): Promise<void> {
  return store.write((session) =>
    record(store, session, mutation, 'master-key.rewrap', [
      { path: `/keys/${kid}/rewrapped`, before: null, after: values },
    ]),
  )
}

/** Writes down that a key is needed no more. Refuses with `key-in-use` while it is; again changes nothing. */
export function retireMasterKey(
  store: Store,
  mutation: Mutation,
  kid: string,
  kidOffset: number,
): Promise<void> {
  return store.write(async (session) => {
    const keys = await readMasterKeys(session)
    const key = keys.find((candidate) => candidate.kid === kid)
    if (!key) throw new Problem('not-found', 'There is no such master key.')
    if (key.retireTime !== null) return
    if ((await readCurrentKid(session)) === kid) {
      throw new Problem('key-in-use', `${kid} is the current master key. Rotate to another one first.`)
    }
    const needed = (await countSealed(session, kidOffset)).get(kid)
    if (needed) {
      throw new Problem(
        'key-in-use',
        `Master key ${kid} is still needed by ${tellCounts(needed)}. Wait for the rewrap: GET /admin/keys.`,
        { retryAfterS: 5 },
      )
    }
    const retireTime = store.clock.now()
    const { masterKeys } = session.tables
    await session.db.update(masterKeys).set({ retireTime }).where(eq(masterKeys.kid, kid))
    await record(store, session, mutation, 'master-key.retire', [
      { path: `/keys/${kid}/retired`, before: false, after: true },
    ])
  })
}

/** `12 values of credentials.sealed and 1 value of meta.value`. */
export function tellCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([column, values]) => `${values} ${values === 1 ? 'value' : 'values'} of ${column}`)
    .join(' and ')
}

const atOnce = 500

/** The sealed values whose envelope is wanted, by column. */
export async function findSealedValues(
  session: Session,
  isWanted: (envelope: string) => boolean,
): Promise<{ column: SealedColumn; rows: string[] }[]> {
  const found: { column: SealedColumn; rows: string[] }[] = []
  for (const column of sealedColumns) {
    const rows: string[] = []
    let page: SealedValue[] = []
    for (let after = ''; ; after = page.at(-1)?.row ?? '') {
      page = await readSealed(session, column, after, atOnce)
      rows.push(...page.filter(({ envelope }) => isWanted(envelope)).map(({ row }) => row))
      if (page.length < atOnce) break
    }
    if (rows.length > 0) found.push({ column, rows })
  }
  return found
}
