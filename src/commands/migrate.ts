import { parseArgs } from 'node:util'
import { StartRefusal } from '../cluster/start-refusal.ts'
import { readConfig } from '../config.ts'
import { moveToPostgres } from '../store/move-to-postgres.ts'
import type { Command } from './command.ts'

/** `clustergate migrate --to postgres://…`: moves the SQLite database that DATABASE_URL names, beside a running gateway. */
export const command: Command = {
  async run(args) {
    const to = readTarget(args)
    const { config } = readConfig(process.env, { requireMasterKey: false })
    const target = readConfig({ ...process.env, DATABASE_URL: to }, { requireMasterKey: false })
    const { databaseUrl } = target.secrets
    if (config.database.engine !== 'sqlite' || databaseUrl === null) {
      throw new StartRefusal(
        'It moves from SQLite to PostgreSQL: DATABASE_URL=file:… migrate --to postgres://…',
      )
    }
    const { file } = config.database
    const { tables, log } = await moveToPostgres(file, databaseUrl, ({ name, rows, sha256 }) =>
      console.log(`${name.padEnd(24)} ${String(rows).padStart(10)} rows  sha256 ${sha256}`),
    )
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    console.log(
      `Moved ${rows} rows; counts and checksums are equal on both sides, and so is the audit log, hashed anew from its ` +
        `entries: ${log.entries} of them, root ${log.rootHash ?? 'none yet'}. ${file} takes no write any more. ` +
        'Stop its gateway, and start it with the new DATABASE_URL and the same master key.',
    )
    if (log.findings > 0) {
      console.error(
        `The audit log is not right, on either side alike (${log.findings} findings): see audit verify.`,
      )
    }
    return null
  },
}

function readTarget(args: string[]): string {
  try {
    const { values } = parseArgs({ args, options: { to: { type: 'string' } } })
    if (values.to !== undefined) return values.to
  } catch {
    // Said below: an unknown option may be a password.
  }
  throw new StartRefusal('Say where to: migrate --to postgres://USER:PASSWORD@HOST:PORT/DATABASE')
}
