import { describe, expect, test } from 'vitest'
import { everyTeam, permissionsOf, type Role, roles } from '../../src/cluster/actor.ts'
import { isJsonObject, type JsonObject } from '../../src/cluster/json.ts'
import type { GuardedOperation } from '../../src/http/operation.ts'
import { operations } from '../../src/http/operations.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { openExampleHarness } from './example-requests.ts'
import type { Harness } from './harness.ts'

/*
 * Every role, in the team whose things are at hand, in another one and in all of them, on every operation that there is.
 * Nothing here names an operation: what is expected follows from the table of permissions and from the operation itself.
 * An operation whose request cannot be made from its own example fails, and so do things of a kind that is not known here.
 */

const own = 'search'
const other = 'ml'
const teams = [own, other, everyTeam] as const
type Team = (typeof teams)[number]

const guarded = operations(adapters, '0').filter((operation) => operation.permission !== 'public')

/** The path names a thing that belongs to a team. */
function namesThing({ path }: GuardedOperation): boolean {
  return /\{(id|team)\}/.test(path)
}

type Expected = 'allowed' | 'denied' | 'hidden' | 'shown nothing'

function expectedOf(operation: GuardedOperation, role: Role, team: Team): Expected {
  if (!permissionsOf[role].has(operation.permission)) return 'denied'
  if (operation.everyTeam && team !== everyTeam) return 'denied'
  if (team !== other) return 'allowed'
  if (namesThing(operation)) return 'hidden'
  return operation.method === 'get' ? 'shown nothing' : 'denied'
}

interface World extends AsyncDisposable {
  harness: Harness
  line: string
  body: unknown
  contentType: string | undefined
  /** Ids of what the own team has. */
  things: string[]
}

/** A gateway in which everything is of the own team, and the operation's own example, about that. */
async function openWorld(operation: GuardedOperation): Promise<World> {
  const { harness, idOf } = await openExampleHarness(operation.operationId)
  await harness.store.write(async ({ db, tables }) => {
    await db.update(tables.connections).set({ teams: [own] })
    await db.update(tables.clusters).set({ team: own })
  })
  const filled = Object.entries(operation.params ?? {}).reduce(
    (path, [name, { example }]) =>
      path.replace(`{${name}}`, name === 'team' ? own : (idOf[example] ?? example)),
    operation.path,
  )
  const unfilled = Object.values(operation.params ?? {}).filter(
    ({ example, pattern }) => pattern?.includes('[0-7]') && !(example in idOf),
  )
  if (/[{}]/.test(filled) || unfilled.length > 0) throw new Error(`no thing is known for ${operation.path}`)
  return {
    harness,
    line: `${operation.method.toUpperCase()} ${filled}`,
    body: bodyOf(operation),
    contentType: operation.body?.contentTypes[0],
    things: Object.values(idOf).filter((id) => !id.startsWith('aud_')),
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  }
}

/** The first example, which says that it is for the own team where it can say for whom. */
function bodyOf(operation: GuardedOperation): unknown {
  if (!operation.body) return undefined
  const [example] = Object.values(operation.body.examples)
  if (!isJsonObject(example?.value as JsonObject)) throw new Error(`${operation.operationId} has no example`)
  const given = example?.value as JsonObject
  const { schema } = operation.body
  const forTeam = [
    { ...given, team: own },
    { ...given, teams: [own] },
  ].find((body) => schema.safeParse(body).success)
  if (forTeam) return forTeam
  if (namesThing(operation) || operation.everyTeam) return given
  throw new Error(`${operation.operationId} is for a team, but its body cannot say for which`)
}

async function ask({ harness, line, body, contentType }: World, key: string) {
  const headers = contentType === undefined ? {} : { 'content-type': contentType }
  return harness.send(line, { key, body, headers })
}

/** What a caller brought about, but for its readings of the audit log, which are entries and no changes. */
async function changesBy({ harness }: World, key: string): Promise<unknown> {
  const { json: caller } = await harness.send('GET /whoami', { key })
  const { id } = caller.actor as JsonObject
  const { json } = await harness.send(`GET /audit-entries?actor=${id}&outcome=SUCCESS`)
  return (json.auditEntries as JsonObject[]).filter(({ action }) => action !== 'audit.read')
}

const everyone = roles.flatMap((role) => teams.map((team) => ({ role, team })))

describe.each(guarded.map((operation) => [operation.operationId, operation] as const))(
  '%s',
  (_, operation) => {
    const callers = everyone.map((caller) => ({
      ...caller,
      expected: expectedOf(operation, caller.role, caller.team),
    }))

    test('refuses all that the table does not allow, and changes nothing', async () => {
      await using world = await openWorld(operation)
      for (const { role, team, expected } of callers.filter(({ expected }) => expected !== 'allowed')) {
        const key = await world.harness.makeKey(role, team)
        const { status, text } = await ask(world, key)
        const caller = `${role} of ${team}`
        if (expected === 'shown nothing') {
          expect([caller, status]).toEqual([caller, 200])
          for (const thing of world.things)
            expect([caller, text]).toEqual([caller, expect.not.stringContaining(thing)])
        } else {
          expect([caller, status]).toEqual([caller, expected === 'hidden' ? 404 : 403])
        }
        expect([caller, await changesBy(world, key)]).toEqual([caller, []])
      }
    })

    test('does it for all that the table allows', async () => {
      const allowed = callers.filter(({ expected }) => expected === 'allowed')
      expect(allowed.map(({ role }) => role)).toContain('admin')
      for (const { role, team } of allowed) {
        await using world = await openWorld(operation)
        const { status, text } = await ask(world, await world.harness.makeKey(role, team))
        expect([role, team, status < 400, text]).toEqual([role, team, true, text])
      }
    })
  },
)
