import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/cluster/clock.ts'
import { newId } from '../../src/cluster/id.ts'
import { openPostgres, preparePostgres } from '../../src/store/open-postgres.ts'
import * as schema from '../../src/store/schema.postgres.ts'
import { StoreRefusal } from '../../src/store/store-refusal.ts'
import { findTeam, putTeam } from '../../src/store/teams.ts'
import { withClient } from '../engine/databases.ts'
import { Place, who } from './place.ts'

const tables = Object.values(schema).filter((value) => value instanceof PgTable)

describe('a database', () => {
  test('is brought up to date once by ten processes that start together', async () => {
    await using place = await Place.make('nothing')
    const keys = await Promise.all(Array.from({ length: 10 }, () => preparePostgres(place.url)))
    expect(new Set(keys).size).toBe(1)
  })

  test('can be opened again after it was closed, with what it held', async () => {
    await using place = await Place.make('nothing')
    const open = () => openPostgres({ url: place.url, clock: systemClock, newId })
    {
      await using store = await open()
      await putTeam(store, { who }, 'search', { duplicateWindowMs: 1000 })
    }
    await using store = await open()
    expect(await findTeam(store.reader, 'search')).toMatchObject({ duplicateWindowMs: 1000 })
  })

  test('that a newer version has changed is refused', async () => {
    await using place = await Place.make()
    await withClient(place.url, (client) =>
      client.query(
        `INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('from the future', 9999999999999)`,
      ),
    )
    await expect(preparePostgres(place.url)).rejects.toThrow(/newer clustergate/)
  })

  test.each([
    [
      'where nobody listens',
      'postgres://gate:hush-hush@127.0.0.1:1/inventory',
      /at 127\.0\.0\.1:1 .*ECONNREFUSED/,
    ],
  ])('is refused %s, with the remedy and without the password', async (_, url, said) => {
    const error = await preparePostgres(url).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(StoreRefusal)
    expect(String(error)).toMatch(said)
    expect(String(error)).not.toContain('hush')
  })

  test('is refused where the password is wrong', async () => {
    await using place = await Place.make()
    const url = new URL(place.url)
    url.password = 'hush-hush'
    const error = await preparePostgres(url.href).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(StoreRefusal)
    expect(String(error)).not.toContain('hush')
  })
})

describe('the migrations make', () => {
  test.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    'the table %s as declared',
    async (name, table) => {
      await using place = await Place.make()
      const { columns, indexes } = getTableConfig(table)
      const made = await withClient(place.url, async (client) => {
        const found = await client.query(
          'SELECT column_name, data_type, is_nullable, collation_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position',
          [name],
        )
        const indexed = await client.query(
          'SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1 AND indexname NOT LIKE $2 ORDER BY indexname',
          [name, '%_pkey'],
        )
        return { columns: found.rows, indexes: indexed.rows.map(({ indexname }) => indexname) }
      })
      expect(made.columns).toEqual(
        columns.map((column) => ({
          column_name: column.name,
          data_type: column.getSQLType(),
          is_nullable: column.notNull || column.primary ? 'NO' : 'YES',
          // Sorted and compared byte by byte, as SQLite does.
          collation_name: column.getSQLType() === 'text' ? 'C' : null,
        })),
      )
      expect(made.indexes).toEqual(indexes.map(({ config }) => config.name).sort())
    },
  )
})
