import { and, eq, ne } from 'drizzle-orm'
import type { ClusterRow, NewClusterRow } from './cluster-rows.ts'
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
  const { clusters } = session.tables
  const [holder] = await session.db
    .select({ id: clusters.id })
    .from(clusters)
    .where(
      and(
        eq(clusters.connectionId, row.connectionId),
        eq(clusters.scope, row.scope),
        eq(clusters.name, name),
        ne(clusters.state, 'DELETED'),
        ne(clusters.management, 'UNMANAGED'),
        ne(clusters.id, row.id),
      ),
    )
    .limit(1)
  return holder === undefined
}
