import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { ensureSigningKey, signingKeyPlace } from '../../src/store/audit-keys.ts'
import { apiKeyPlace } from '../../src/store/connection-rows.ts'
import { findConnection } from '../../src/store/read-connections.ts'
import { nameOf, sealedColumns } from '../../src/store/sealed-columns.ts'
import { canaryPlace, checkCanary } from '../../src/vault/canary.ts'
import { readLabel } from '../../src/vault/envelope.ts'
import { zillizConnection } from '../http/harness.ts'
import { Keyed, newKeyText, sealTeamless } from './keyed.ts'

/** Somebody with the database file and another program. */
function tamper(keyed: Keyed, sql: string, ...values: unknown[]): void {
  const db = new Database(`${keyed.harness.folder}/test.db`)
  db.prepare(sql).run(...values)
  db.close()
}

async function openApiKey(keyed: Keyed, id: string): Promise<string> {
  const row = await findConnection(keyed.harness.store, id)
  if (!row) throw new Error(`no connection ${id}`)
  return keyed.harness.deps.vault.open(row.sealedApiKey, apiKeyPlace(row))
}

/** Exchanges what two rows have in a column. */
function swap(keyed: Keyed, [table, column, key]: [string, string, string], one: string, two: string): void {
  const db = new Database(`${keyed.harness.folder}/test.db`)
  const read = db.prepare(`SELECT ${column} FROM ${table} WHERE ${key} = ?`).pluck()
  const write = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`)
  const [ofOne, ofTwo] = [read.get(one), read.get(two)]
  write.run(ofTwo, one)
  write.run(ofOne, two)
  db.close()
}

const inCredentials: [string, string, string] = ['credentials', 'sealed', 'cluster_id']

describe('what is moved in the database file opens nowhere', () => {
  test("two clusters' credentials, swapped: both refuse", async () => {
    await using keyed = await Keyed.open()
    const [one, two] = [
      await keyed.clusterWithSecret('one', 'pass-of-one'),
      await keyed.clusterWithSecret('two', 'pass-of-two'),
    ]
    swap(keyed, inCredentials, one, two)
    for (const id of [one, two]) {
      const { status, text } = await keyed.reveal(id)
      expect(status).toBe(500)
      expect(text).not.toContain('pass-of')
    }
    swap(keyed, inCredentials, one, two)
    expect((await keyed.reveal(one)).json.password).toBe('pass-of-one')
  })

  test("two connections' API keys, swapped: both refuse", async () => {
    await using keyed = await Keyed.open()
    const [one, two] = [await keyed.connect('one'), await keyed.connect('two')]
    swap(keyed, ['connections', 'sealed_api_key', 'id'], one, two)
    for (const id of [one, two]) {
      await expect(openApiKey(keyed, id)).rejects.toMatchObject({ code: 'wrong-place' })
    }
  })

  test('a cluster that is given to another team refuses its credentials', async () => {
    await using keyed = await Keyed.open()
    const id = await keyed.clusterWithSecret('one', 'pass-of-one')
    tamper(
      keyed,
      `UPDATE clusters SET team = 'thieves', document = replace(document, 'search', 'thieves') WHERE id = ?`,
      id,
    )
    const { status, text } = await keyed.reveal(id)
    expect(status).toBe(500)
    expect(text).not.toContain('pass-of')
    expect(keyed.harness.logLines.join('')).toContain('sealed for another place')
  })

  test('a connection that is given to other teams refuses its API key', async () => {
    await using keyed = await Keyed.open()
    const id = await keyed.connect('of-ml', ['ml'])
    tamper(keyed, `UPDATE connections SET teams = '["*"]' WHERE id = ?`, id)
    await expect(openApiKey(keyed, id)).rejects.toMatchObject({ code: 'wrong-place' })
  })
})

describe('what changes teams through the gateway is sealed for the new ones in the same transaction', () => {
  test('a connection', async () => {
    await using keyed = await Keyed.open()
    const id = await keyed.connect('of-ml', ['ml'])
    const { status } = await keyed.harness.send(`PATCH /connections/${id}`, {
      body: { teams: ['search', 'ml'] },
    })
    expect(status).toBe(200)
    expect(await openApiKey(keyed, id)).toBe(zillizConnection.apiKey)
    const row = await findConnection(keyed.harness.store, id)
    expect(apiKeyPlace({ id, teams: row?.teams ?? [] }).team).toBe('ml,search')
  })

  test('a connection, with a new API key at once', async () => {
    await using keyed = await Keyed.open()
    const id = await keyed.connect('of-ml', ['ml'])
    const body = { teams: ['*'], apiKey: 'another-api-key' }
    expect((await keyed.harness.send(`PATCH /connections/${id}`, { body })).status).toBe(200)
    expect(await openApiKey(keyed, id)).toBe('another-api-key')
  })

  test('a connection whose key does not open keeps its teams', async () => {
    await using keyed = await Keyed.open()
    const id = await keyed.connect('of-ml', ['ml'])
    tamper(keyed, `UPDATE connections SET sealed_api_key = '{}' WHERE id = ?`, id)
    const { status } = await keyed.harness.send(`PATCH /connections/${id}`, { body: { teams: ['*'] } })
    expect(status).toBe(500)
    expect((await findConnection(keyed.harness.store, id))?.teams).toEqual(['ml'])
  })

  test('a cluster that is released by one team and imported by another', async () => {
    await using keyed = await Keyed.open()
    const { harness } = keyed
    const id = await keyed.clusterWithSecret('one', 'pass-of-one')
    expect((await harness.send(`POST /clusters/${id}/release`)).status).toBe(202)
    const externalIds = [`in05-${id.slice(-12)}`]
    const body = { connection: 'zilliz-prod', team: 'ml', externalIds }
    const imported = await harness.send('POST /clusters/import', { body })
    expect([imported.status, imported.json.results]).toMatchObject([200, [{ outcome: 'IMPORTED' }]])
    const reader = await harness.makeKey('operator', 'ml')
    const sent = { body: { reason: 'test' }, key: reader }
    const { json } = await harness.send(`POST /clusters/${id}/credentials/reveal`, sent)
    expect(json.password).toBe('pass-of-one')
  })
})

describe('what was sealed before places named a team', () => {
  async function withTeamless() {
    const keyed = await Keyed.open()
    const cluster = await keyed.clusterWithSecret('one', 'pass-of-one')
    const connection = await keyed.connect('of-ml', ['ml'])
    const text = JSON.stringify({ username: 'db', password: 'pass-of-one' })
    const place = { table: 'credentials', row: cluster, column: 'sealed', team: 'search' }
    tamper(keyed, 'UPDATE credentials SET sealed = ?', await sealTeamless(text, keyed.first, place))
    const keyPlace = { table: 'connections', row: connection, column: 'sealedApiKey', team: 'ml' }
    const sealedKey = await sealTeamless('an-old-api-key', keyed.first, keyPlace)
    tamper(keyed, 'UPDATE connections SET sealed_api_key = ? WHERE id = ?', sealedKey, connection)
    const canary = await sealTeamless('clustergate canary', keyed.first, canaryPlace)
    tamper(keyed, "UPDATE meta SET value = ? WHERE key = 'canary'", canary)
    return { keyed, cluster, connection }
  }

  test('still opens, and in its row alone', async () => {
    const { keyed: opened, cluster, connection } = await withTeamless()
    await using keyed = opened
    expect((await keyed.reveal(cluster)).json.password).toBe('pass-of-one')
    expect(await openApiKey(keyed, connection)).toBe('an-old-api-key')
    const other = await keyed.clusterWithSecret('two', 'pass-of-two')
    swap(keyed, inCredentials, cluster, other)
    for (const id of [cluster, other]) expect((await keyed.reveal(id)).status).toBe(500)
  })

  test.each([
    ['with the master key as it was', false],
    ['and of a rotation', true],
  ])('is sealed for its team by the start %s', async (_, rotated) => {
    const { keyed: opened, cluster, connection } = await withTeamless()
    await using keyed = opened
    if (rotated) keyed.write(newKeyText(), keyed.first)
    const masterKeys = await keyed.start()
    await masterKeys.rewrap()
    expect((await keyed.reveal(cluster)).json.password).toBe('pass-of-one')
    expect(await openApiKey(keyed, connection)).toBe('an-old-api-key')
    for (const [name, envelope] of Object.entries(await everyEnvelope(keyed))) {
      expect([name, readLabel(envelope)]).toEqual([name, { kid: masterKeys.vault.kid, namesTeam: true }])
    }
    tamper(keyed, `UPDATE connections SET teams = '["*"]' WHERE id = ?`, connection)
    await expect(openApiKey(keyed, connection)).rejects.toMatchObject({ code: 'wrong-place' })
  })

  test('is sealed anew once, and then rests', async () => {
    const { keyed: opened } = await withTeamless()
    await using keyed = opened
    const masterKeys = await keyed.start()
    await masterKeys.rewrap()
    const before = await everyEnvelope(keyed)
    await masterKeys.rewrap()
    expect(await everyEnvelope(keyed)).toEqual(before)
  })
})

/** Every envelope in the database, by table, column and row number, found by looking at every value there is. */
async function everyEnvelope(keyed: Keyed): Promise<Record<string, string>> {
  const db = new Database(`${keyed.harness.folder}/test.db`, { readonly: true })
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all().map(String)
  const found: Record<string, string> = {}
  for (const table of tables) {
    for (const [i, row] of db.prepare(`SELECT * FROM "${table}"`).all().entries()) {
      for (const [column, value] of Object.entries(row as object)) {
        if (readLabel(String(value))) found[`${table}.${column}.${i}`] = String(value)
      }
    }
  }
  db.close()
  return found
}

describe('the table of sealed columns', () => {
  test('has every column in which there is an envelope, and no other', async () => {
    await using keyed = await Keyed.open()
    await keyed.clusterWithSecret('one', 'pass-of-one')
    const { store, deps } = keyed.harness
    await ensureSigningKey(store, (privateKey, id) => deps.vault.seal(privateKey, signingKeyPlace(id)))
    const found = Object.keys(await everyEnvelope(keyed)).map((name) => name.replace(/\.\d+$/, ''))
    const listed = sealedColumns.map((column) => nameOf(column, keyed.harness.store.reader))
    expect([...new Set(found)].sort()).toEqual(listed.sort())
  })

  test('has every column whose name says that it is sealed', async () => {
    await using keyed = await Keyed.open()
    const db = new Database(`${keyed.harness.folder}/test.db`, { readonly: true })
    const named = db
      .prepare(
        "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name LIKE '%sealed%'",
      )
      .pluck()
      .all()
    db.close()
    const listed = sealedColumns.map((column) => nameOf(column, keyed.harness.store.reader))
    expect(listed).toEqual(expect.arrayContaining(named))
  })

  test('rewraps the canary for its place', async () => {
    await using keyed = await Keyed.open()
    keyed.write(newKeyText(), keyed.first)
    const masterKeys = await keyed.start()
    await masterKeys.rewrap()
    const { meta } = keyed.harness.store.reader.tables
    const rows = await keyed.harness.store.reader.db.select().from(meta)
    const canary = rows.find(({ key }) => key === 'canary')
    expect(readLabel(canary?.value ?? '')?.kid).toBe(masterKeys.vault.kid)
    await checkCanary(masterKeys.vault, canary?.value ?? '')
  })
})
