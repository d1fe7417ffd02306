import { asc, eq, sql } from 'drizzle-orm'
import type { Teams } from '../cluster/caller.ts'
import { toRfc3339 } from '../cluster/clock.ts'
import { etagOf } from '../cluster/document.ts'
import { recordAudit } from './audit-entries.ts'
import { compiledRead } from './compiled.ts'
import { inTeams } from './in-teams.ts'
import { type Mutation, requireMatch } from './mutation.ts'
import { insertRow } from './statements.ts'
import type { Session, Store, Tables } from './store.ts'

export type TeamRow = Tables['teams']['$inferSelect']

/** A team that was never set up has no times. */
type Shown = Omit<TeamRow, 'createTime' | 'updateTime'> & {
  createTime: number | null
  updateTime: number | null
}

/** A team as the API shows it. One that nobody has set up yet has the defaults. */
export function renderTeam(row: Shown) {
  return {
    name: row.name,
    duplicateGuard:
      row.duplicateWindowMs === null
        ? { enabled: false }
        : { enabled: true, windowSeconds: row.duplicateWindowMs / 1000 },
    createTime: toRfc3339(row.createTime),
    updateTime: toRfc3339(row.updateTime),
    etag: etagOf(row.version),
  }
}

/** How long what looks like an earlier create is taken for a repeat; null where the guard is off. Recalled like a policy. */
export async function duplicateWindowOf(session: Session, team: string): Promise<number | null> {
  const found = await session.recall('duplicate window', team, () => readDuplicateWindow(session, team))
  return found.windowMs
}

async function readDuplicateWindow(session: Session, team: string): Promise<{ windowMs: number | null }> {
  const select = compiledRead(session, 'duplicate window', ({ db, tables: { teams } }) => {
    const columns = { windowMs: teams.duplicateWindowMs }
    const query = db
      .select(columns)
      .from(teams)
      .where(eq(teams.name, sql.placeholder('team')))
    return { columns, query }
  })
  const [row] = await select({ team })
  return row ?? { windowMs: null }
}

export async function findTeam(session: Session, name: string): Promise<TeamRow | undefined> {
  const { teams } = session.tables
  const [row] = await session.db.select().from(teams).where(eq(teams.name, name))
  return row
}

/** Every team that has been set up. There are few. */
export async function listTeams(store: Store, visibleTeams: Teams): Promise<TeamRow[]> {
  const { teams } = store.reader.tables
  return store.reader.db
    .select()
    .from(teams)
    .where(inTeams(teams.name, visibleTeams))
    .orderBy(asc(teams.name))
}

/** Sets a team up, or anew. */
export function putTeam(
  store: Store,
  mutation: Mutation,
  name: string,
  settings: { duplicateWindowMs: number | null },
): Promise<TeamRow> {
  return store.write(async (session) => {
    const { teams } = session.tables
    const before = await findTeam(session, name)
    requireMatch(mutation, before?.version ?? 0)
    const now = store.clock.now()
    const after: TeamRow = {
      name,
      ...settings,
      createTime: before?.createTime ?? now,
      updateTime: now,
      version: (before?.version ?? 0) + 1,
    }
    if (before) await session.db.update(teams).set(after).where(eq(teams.name, name))
    else await insertRow(session, 'team', teams, after)
    session.forget()
    await recordAudit(store, session, mutation.who, {
      action: 'team.update',
      outcome: 'SUCCESS',
      targets: [{ type: 'team', id: name, displayName: name }],
      team: name,
      changes: [
        {
          path: '/duplicateGuard',
          before: before ? renderTeam(before).duplicateGuard : null,
          after: renderTeam(after).duplicateGuard,
        },
      ],
    })
    return after
  })
}
