import { eq, sql } from 'drizzle-orm'
import { toRfc3339 } from '../cluster/clock.ts'
import { recordAudit } from './audit-entries.ts'
import { compiledRead } from './compiled.ts'
import type { Mutation } from './mutation.ts'
import type { Session, Store } from './store.ts'

/** Whether the gateway takes changes. `reason`, `by` and `time` tell of the last turn of the switch. */
export interface Freeze {
  frozen: boolean
  reason: string | null
  by: string | null
  time: string | null
}

const key = 'freeze'
const thawed: Freeze = { frozen: false, reason: null, by: null, time: null }

export async function readFreeze(session: Session): Promise<Freeze> {
  const select = compiledRead(session, 'freeze', ({ db, tables: { meta } }) => {
    const columns = { value: meta.value }
    const query = db
      .select(columns)
      .from(meta)
      .where(eq(meta.key, sql.placeholder('key')))
    return { columns, query }
  })
  const [row] = await select({ key })
  return row ? (JSON.parse(row.value) as Freeze) : thawed
}

/** The same as it was a moment ago, which every change asks for: it is recalled. */
export async function recallFreeze({ reader }: Store): Promise<Freeze> {
  return reader.recall('freeze', 'of all', () => readFreeze(reader))
}

/** Turns the switch. Everything under way upstream goes on being watched; nothing new is asked of any provider. */
export function putFreeze(
  store: Store,
  mutation: Mutation,
  frozen: boolean,
  reason: string,
): Promise<Freeze> {
  return store.write(async (session) => {
    const { meta } = session.tables
    const before = await readFreeze(session)
    const after = { frozen, reason, by: mutation.who.actor.displayName, time: toRfc3339(store.clock.now()) }
    const value = JSON.stringify(after)
    await session.db
      .insert(meta)
      .values({ key, value })
      .onConflictDoUpdate({ target: meta.key, set: { value } })
    await recordAudit(
      store,
      session,
      { ...mutation.who, reason },
      {
        action: 'gateway.freeze',
        outcome: 'SUCCESS',
        targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
        team: null,
        changes: [{ path: '/frozen', before: before.frozen, after: frozen }],
      },
    )
    return after
  })
}
