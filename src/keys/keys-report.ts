import { countSealed, readCurrentKid, readMasterKeys } from '../store/master-keys.ts'
import type { Session } from '../store/store.ts'
import { kidOffset } from '../vault/envelope.ts'

export const keyRoles = ['CURRENT', 'PREVIOUS', 'RETIRED'] as const

/** A master key, as whoever rotates wants to know it. Times in epoch milliseconds. */
export interface KeyReport {
  kid: string
  role: (typeof keyRoles)[number]
  /** This process has it. */
  held: boolean
  /** When it last became the current one; null if it never was, here. */
  activateTime: number | null
  retireTime: number | null
  /** How many sealed values need it, by column. */
  values: Record<string, number>
  /** Nothing needs it any more. */
  retirable: boolean
}

/** Every master key that is held, that something needs, or that ever was the current one. The current one comes first. */
export async function reportKeys(session: Session, held: ReadonlySet<string>): Promise<KeyReport[]> {
  const rows = await readMasterKeys(session)
  const counts = await countSealed(session, kidOffset)
  const current = await readCurrentKid(session)
  const kids = new Set([...rows.map(({ kid }) => kid), ...held, ...counts.keys()])
  return [...kids].map((kid) => {
    const row = rows.find((candidate) => candidate.kid === kid)
    const role = kid === current ? 'CURRENT' : row && row.retireTime !== null ? 'RETIRED' : 'PREVIOUS'
    return {
      kid,
      role,
      held: held.has(kid),
      activateTime: row?.activateTime ?? null,
      retireTime: row?.retireTime ?? null,
      values: counts.get(kid) ?? {},
      retirable: row !== undefined && role === 'PREVIOUS' && !counts.has(kid),
    }
  })
}

/** How many sealed values are not under the current key yet. */
export function remainingValues(keys: readonly KeyReport[]): number {
  const others = keys.filter(({ role }) => role !== 'CURRENT')
  return others.flatMap(({ values }) => Object.values(values)).reduce((sum, values) => sum + values, 0)
}
