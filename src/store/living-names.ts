import { and, eq, sql } from 'drizzle-orm'
import type { ClusterRow, NewClusterRow } from './cluster-rows.ts'
import { compiledRead } from './compiled.ts'
import type { Session } from './store.ts'

/**
 * What of a patch can be written although names are unique among the living: a name that another cluster took
 * meanwhile stays with that one, and a deleted cluster whose name was given away does not come back.
 */
export async function withFreeName(
  session: Session,
  row: ClusterRow,
  patch: Partial<NewClusterRow>,
): Promise<Partial<NewClusterRow>> {
  const revives = row.state === 'DELETED' && (patch.state ?? row.state) !== 'DELETED'
  const renames = patch.name !== undefined && patch.name !== row.name
  if (!revives && !renames) return patch
  if (await isFree(session, row, patch.name ?? row.name)) return patch
  const { name: _, ...rest } = patch
  return revives ? {} : rest
}

async function isFree(session: Session, row: ClusterRow, name: string): Promise<boolean> {
  if (row.management === 'UNMANAGED') return true
  const holder = await findHolder(session, { ...row, name })
  return holder === undefined || holder.id === row.id
}

/** The living cluster that has a name where the provider keeps names unique. */
export async function findHolder(
  session: Session,
  { connectionId, scope, name }: Pick<ClusterRow, 'connectionId' | 'scope' | 'name'>,
): Promise<Pick<ClusterRow, 'id' | 'team'> | undefined> {
  const select = compiledRead(session, 'holder of a name', ({ db, tables: { clusters } }) => {
    const columns = { id: clusters.id, team: clusters.team }
    const named = and(
      eq(clusters.connectionId, sql.placeholder('connectionId')),
      eq(clusters.scope, sql.placeholder('scope')),
      eq(clusters.name, sql.placeholder('name')),
      // Written out: SQLite compiles a statement anew for each value that decides whether a partial index will do.
      sql`${clusters.state} <> 'DELETED' and ${clusters.management} <> 'UNMANAGED'`,
    )
    return { columns, query: db.select(columns).from(clusters).where(named) }
  })
  const [holder] = await select({ connectionId, scope, name })
  return holder
}
