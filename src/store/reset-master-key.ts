import { inArray } from 'drizzle-orm'
import type { AuditRecord } from './audit-entries.ts'
import { recordAudit } from './audit-entries.ts'
import { activate, findSealedValues } from './master-keys.ts'
import { canaryKey, putCanary } from './meta.ts'
import type { Mutation } from './mutation.ts'
import { nameOf } from './sealed-columns.ts'
import type { Store } from './store.ts'

export interface MasterKeyReset {
  /** The key that seals from now on, and a canary sealed with it. */
  kid: string
  canary: string
  /** Whose keys are lost for ever. */
  lostKids: string[]
  isLost: (envelope: string) => boolean
}

const atOnce = 500

/**
 * Gives up what lost master keys have sealed, all of it in one transaction, and goes on with another key. Answers how
 * many values were given up, by column.
 */
export function resetMasterKey(
  store: Store,
  mutation: Mutation,
  { kid, canary, lostKids, isLost }: MasterKeyReset,
): Promise<Record<string, number>> {
  return store.write(async (session) => {
    const { db, tables } = session
    const lost: Record<string, number> = {}
    for (const { column, rows } of await findSealedValues(session, isLost)) {
      lost[nameOf(column, session)] = rows.length
      for (let from = 0; from < rows.length; from += atOnce) {
        await column.lose(store, session, mutation.who, rows.slice(from, from + atOnce))
      }
    }
    await activate(store, session, kid)
    const { masterKeys, meta } = tables
    const retired = { retireTime: store.clock.now() }
    await db.update(masterKeys).set(retired).where(inArray(masterKeys.kid, lostKids))
    const canaries = await db
      .select()
      .from(meta)
      .where(inArray(meta.key, [canaryKey]))
    if (canaries.length === 0) await putCanary(session, canary)
    const changes: AuditRecord['changes'] = Object.entries(lost).map(([column, values]) => ({
      path: `/lost/${column}`,
      before: values,
      after: 0,
    }))
    await recordAudit(store, session, mutation.who, {
      action: 'master-key.reset',
      outcome: 'SUCCESS',
      targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
      team: null,
      changes,
    })
    return lost
  })
}
