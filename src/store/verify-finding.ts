import { count, inArray, sql } from 'drizzle-orm'
import type { Finding } from '../audit/verifier.mjs'
import { isJsonObject, parseObject } from '../cluster/json.ts'
import { findSearchFaults } from './audit-search.ts'
import type { Session } from './store.ts'

/*
 * What entries are found by, beside their columns: whoever adds to it makes an entry appear where it does not belong, and
 * whoever takes from it has it overlooked, while the entry itself stays as it was.
 */

const pageSize = 500
/** Of many alike, so many are named. */
const named = 3

/** The ids of the things that an entry is about, each once. Empty for what is no entry. */
export function targetIdsOf(document: string): Set<string> {
  const targets = parseObject(document)?.targets
  if (!Array.isArray(targets)) return new Set()
  return new Set(targets.filter(isJsonObject).map(({ id }) => String(id)))
}

/** Rows by which an entry is found under a thing that it is not about; `expected` is how many rows there should be. */
export async function findForeignTargets(session: Session, expected: number): Promise<Finding[]> {
  const { auditTargets: t } = session.tables
  const [counted] = await session.db.select({ rows: count() }).from(t)
  // As each that should be there was looked for, their number tells, and no second look at all of them is needed.
  if (counted?.rows === expected) return []
  const findings: Finding[] = []
  for await (const page of walkTargets(session)) {
    for (const { entryId, targetId } of await foreignOf(session, page)) {
      const text = `${entryId} is found among what happened to ${targetId}, and says nothing of it: its row in audit_targets was inserted.`
      findings.push({ kind: 'inserted', entry: entryId, text })
    }
  }
  return findings
}

type Target = Session['tables']['auditTargets']['$inferSelect']

async function* walkTargets({ db, tables: { auditTargets: t } }: Session): AsyncGenerator<Target[]> {
  let last: Target | undefined
  do {
    const after =
      last &&
      sql`(${t.targetId}, ${t.time}, ${t.entryId}) > (${last.targetId}, ${last.time}, ${last.entryId})`
    const page = await db.select().from(t).where(after).orderBy(t.targetId, t.time, t.entryId).limit(pageSize)
    yield page
    last = page.at(-1)
  } while (last)
}

async function foreignOf({ db, tables: { auditEntries: t } }: Session, page: Target[]): Promise<Target[]> {
  const found = await db
    .select({ id: t.id, time: t.time, document: t.document })
    .from(t)
    .where(
      inArray(
        t.id,
        page.map(({ entryId }) => entryId),
      ),
    )
  const entries = new Map(found.map((entry) => [entry.id, entry]))
  return page.filter(({ entryId, targetId, time }) => {
    const entry = entries.get(entryId)
    // What names an entry that is gone, nobody is shown.
    return entry !== undefined && (entry.time !== time || !targetIdsOf(entry.document).has(targetId))
  })
}

/** Entries that a search for words would overlook, or find twice. */
export async function findSearchFindings(session: Session): Promise<Finding[]> {
  const { missing, doubled } = await findSearchFaults(session)
  return [
    ...tell('deleted', missing, 'no search for words finds them, as their rows in audit_search are gone'),
    ...tell(
      'inserted',
      doubled,
      'searches for words find them more than once, as rows were put into audit_search',
    ),
  ]
}

function tell(kind: Finding['kind'], ids: string[], what: string): Finding[] {
  if (ids.length === 0) return []
  const names = `${ids.slice(0, named).join(', ')}${ids.length > named ? ' …' : ''}`
  return [{ kind, text: `${names} (${ids.length} in all): ${what}.` }]
}
