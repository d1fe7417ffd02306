import { getTableName } from 'drizzle-orm'
import type { Listable } from '../../src/store/listing/listable.ts'
import { type PageWanted, type Position, readPage } from '../../src/store/listing/read-page.ts'
import type { Session } from '../../src/store/store.ts'

/** A page of any list, of which only the ids are shown. */
export async function readPageOfIds<O extends string>(
  session: Session,
  listable: Listable<O>,
  wanted: PageWanted<O>,
): Promise<{ ids: string[]; next: Position | null }> {
  const name = `id of ${getTableName(listable.table)}`
  const { rows, next } = await readPage(session, listable, wanted, { name, columns: { id: listable.id } })
  return { ids: rows.map(({ id }) => String(id)), next }
}
