import { and, asc, eq, getTableColumns, gt, isNull, sql } from 'drizzle-orm'
import { servesTeam } from '../cluster/actor.ts'
import { servesAny, type Teams } from '../cluster/caller.ts'
import { compiledRead } from './compiled.ts'
import { type ConnectionRow, isDeleted } from './connection-rows.ts'
import { selectRow } from './statements.ts'
import type { Session, Store } from './store.ts'

export async function findConnection(store: Store, id: string): Promise<ConnectionRow | undefined> {
  const row = await selectRow(store.reader, 'connection', store.reader.tables.connections, id)
  return row && !isDeleted(row) ? row : undefined
}

/** Recalled, as every create asks. */
export async function findConnectionByName(
  { reader }: Store,
  name: string,
): Promise<ConnectionRow | undefined> {
  return reader.recall('connection by name', name, () => readConnectionByName(reader, name))
}

async function readConnectionByName(session: Session, name: string): Promise<ConnectionRow | undefined> {
  const select = compiledRead(session, 'connection by name', ({ db, tables: { connections } }) => {
    const named = and(eq(connections.name, sql.placeholder('name')), isNull(connections.deleteTime))
    return { columns: getTableColumns(connections), query: db.select().from(connections).where(named) }
  })
  const [row] = await select({ name })
  return row
}

export async function findLivingConnections(store: Store): Promise<ConnectionRow[]> {
  const { db, tables } = store.reader
  return db.select().from(tables.connections).where(isNull(tables.connections.deleteTime))
}

/** The connections of a provider that a team can use. There are few: they are filtered here. */
export async function findUsableConnections(
  store: Store,
  provider: string,
  team: string,
): Promise<ConnectionRow[]> {
  const { db, tables } = store.reader
  const rows = await db.select().from(tables.connections).where(eq(tables.connections.provider, provider))
  return rows.filter((row) => !isDeleted(row) && servesTeam(row.teams, team))
}

export interface ConnectionQuery {
  /** Only connections that one of these teams can use. */
  visibleTeams: Teams
  provider: string | undefined
  name: string | undefined
  pageSize: number
  pageToken: string | undefined
}

export async function listConnections(store: Store, query: ConnectionQuery) {
  const { db, tables } = store.reader
  const { pageSize, pageToken, ...bound } = query
  const after = pageToken && store.pageTokens.read(['connections', bound], pageToken)[0]
  const rows = await db
    .select()
    .from(tables.connections)
    .where(
      and(
        isNull(tables.connections.deleteTime),
        query.provider === undefined ? undefined : eq(tables.connections.provider, query.provider),
        query.name === undefined ? undefined : eq(tables.connections.name, query.name),
        after === undefined ? undefined : gt(tables.connections.id, String(after)),
      ),
    )
    .orderBy(asc(tables.connections.id))
  const visible = rows.filter((row) => servesAny(row.teams, query.visibleTeams))
  const page = visible.slice(0, pageSize)
  const last = page.at(-1)
  const more = visible.length > pageSize && last !== undefined
  return {
    connections: page,
    totalSize: visible.length,
    nextPageToken: more ? store.pageTokens.write(['connections', bound], [last.id]) : null,
  }
}
