import { and, asc, count, eq, getTableName, gt, inArray, ne, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Attribution } from '../cluster/actor.ts'
import { everyTeam } from '../cluster/actor.ts'
import type { AuditTarget } from '../cluster/audit.ts'
import type { Place } from '../cluster/place.ts'
import { loseSigningKeys } from './audit-keys.ts'
import { apiKeyPlace } from './connection-rows.ts'
import { credentialsPlace } from './credentials.ts'
import { loseApiKeys, loseCanary, loseCredentials } from './lost-secrets.ts'
import { canaryKey } from './meta.ts'
import type { Session, Store, Tables } from './store.ts'

/** Whose a sealed value is. */
export interface SealedOwner {
  place: Place
  target: AuditTarget
}

/** A column of the database that holds envelopes. An empty text in it is a value that was given up. */
export interface SealedColumn {
  column: (tables: Tables) => SQLiteColumn
  /** What identifies a row. */
  key: (tables: Tables) => SQLiteColumn
  /** Where only some rows of the table hold one. */
  only?: (tables: Tables) => SQL
  owners(session: Session, rows: string[]): Promise<Map<string, SealedOwner>>
  /** Does without values that open no more, because their master key is lost, and says so where it is seen. */
  lose(store: Store, session: Session, who: Attribution, rows: string[]): Promise<void>
}

/** Every place where something sealed is stored. Rotation, retirement and recovery go through this table. */
export const sealedColumns: readonly SealedColumn[] = [
  {
    column: (t) => t.connections.sealedApiKey,
    key: (t) => t.connections.id,
    owners: connectionOwners,
    lose: loseApiKeys,
  },
  {
    column: (t) => t.credentials.sealed,
    key: (t) => t.credentials.clusterId,
    owners: clusterOwners,
    lose: loseCredentials,
  },
  {
    column: (t) => t.meta.value,
    key: (t) => t.meta.key,
    only: (t) => eq(t.meta.key, canaryKey),
    owners: gatewayOwners({ table: 'gateway', column: 'sealed' }),
    lose: loseCanary,
  },
  {
    column: (t) => t.auditSigningKeys.sealedPrivateKey,
    key: (t) => t.auditSigningKeys.id,
    owners: gatewayOwners({ table: 'audit_signing_keys', column: 'sealed_private_key' }),
    lose: loseSigningKeys,
  },
]

/** `credentials.sealed`, as messages name it. */
export function nameOf({ column }: SealedColumn, { tables }: Session): string {
  const sealed = column(tables)
  return `${getTableName(sealed.table)}.${sealed.name}`
}

export interface SealedValue {
  row: string
  envelope: string
}

/** The next values of a column after a row, in the order of their keys. */
export function readSealed(
  session: Session,
  sealed: SealedColumn,
  after: string,
  limit: number,
): Promise<SealedValue[]> {
  const { db, tables } = session
  const [column, key] = [sealed.column(tables), sealed.key(tables)]
  return db
    .select({ row: sql<string>`${key}`, envelope: sql<string>`${column}` })
    .from(column.table)
    .where(and(gt(key, after), isSealed(session, sealed)))
    .orderBy(asc(key))
    .limit(limit)
}

/** The envelope of a row as it is now. */
export async function findSealedValue(
  { db, tables }: Session,
  sealed: SealedColumn,
  row: string,
): Promise<string | undefined> {
  const [column, key] = [sealed.column(tables), sealed.key(tables)]
  const [found] = await db
    .select({ envelope: sql<string>`${column}` })
    .from(column.table)
    .where(eq(key, row))
  return found?.envelope
}

/** Replaces a value, unless somebody else has replaced it meanwhile. Answers whether it did. */
export async function replaceSealed(
  session: Session,
  sealed: SealedColumn,
  { row, envelope }: SealedValue,
  renewed: string,
): Promise<boolean> {
  const statement = session.prepared(`replace ${nameOf(sealed, session)}`, ({ db, tables }) => {
    const [column, key] = [sealed.column(tables), sealed.key(tables)]
    return db
      .update(column.table)
      .set({ [propertyOf(column)]: sql.placeholder('renewed') })
      .where(and(eq(key, sql.placeholder('row')), eq(column, sql.placeholder('envelope'))))
      .returning({ row: key })
      .prepare()
  })
  const replaced = await statement.execute({ row, envelope, renewed })
  return replaced.length > 0
}

/** How many values of a column each master key wraps, by its id, which begins at `kidOffset` of an envelope. */
export async function countByKid(
  session: Session,
  sealed: SealedColumn,
  kidOffset: number,
): Promise<Map<string, number>> {
  const { db, tables } = session
  const column = sealed.column(tables)
  const kid = sql<string>`substr(${column}, ${sql.raw(String(kidOffset + 1))}, 16)`
  const rows = await db
    .select({ kid, values: count() })
    .from(column.table)
    .where(isSealed(session, sealed))
    .groupBy(kid)
  return new Map(rows.filter((row) => kidPattern.test(row.kid)).map((row) => [row.kid, row.values]))
}

/** What is damaged names no key; it needs none. */
const kidPattern = /^[0-9a-f]{16}$/

function isSealed({ tables }: Session, { column, only }: SealedColumn): SQL | undefined {
  return and(ne(column(tables), ''), only?.(tables))
}

/** The name by which the code knows a column. */
function propertyOf(column: SQLiteColumn): string {
  const found = Object.entries(column.table).find(([, candidate]) => candidate === column)
  if (!found) throw new Error(`${column.name} is in no table`)
  return found[0]
}

async function connectionOwners({ db, tables }: Session, rows: string[]): Promise<Map<string, SealedOwner>> {
  const { id, name, teams } = tables.connections
  const found = await db.select({ id, name, teams }).from(tables.connections).where(inArray(id, rows))
  return new Map(
    found.map((row) => [
      row.id,
      { place: apiKeyPlace(row), target: { type: 'connection', id: row.id, displayName: row.name } },
    ]),
  )
}

async function clusterOwners({ db, tables }: Session, rows: string[]): Promise<Map<string, SealedOwner>> {
  const { id, name, team } = tables.clusters
  const found = await db.select({ id, name, team }).from(tables.clusters).where(inArray(id, rows))
  return new Map(
    found.map((row) => [
      row.id,
      { place: credentialsPlace(row), target: { type: 'cluster', id: row.id, displayName: row.name } },
    ]),
  )
}

/** Of values that are the gateway's own. */
function gatewayOwners({ table, column }: Pick<Place, 'table' | 'column'>): SealedColumn['owners'] {
  return async (_session, rows) =>
    new Map(
      rows.map((row) => [
        row,
        {
          place: { table, row, column, team: everyTeam },
          target: { type: 'gateway', id: 'gateway', displayName: 'clustergate' },
        },
      ]),
    )
}
