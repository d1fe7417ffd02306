#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { StartRefusal } from './cluster/start-refusal.ts'
import type { Command } from './commands/command.ts'
import { version } from './version.ts'

const usage = `clustergate ${version}: one HTTP gateway in front of every provider of clusters

  clustergate start                        try it: the gateway on SQLite, every provider emulated
  clustergate serve                        production: needs CLUSTERGATE_MASTER_KEY
  clustergate sandbox zilliz --port N      one emulated provider alone
  clustergate sandbox fireworks --port N
  clustergate keys make                    the text of an admin key, for CLUSTERGATE_ADMIN_KEY
  clustergate keys break-glass --reason TEXT [--hours N]
                                           an admin key for an emergency, for an hour
  clustergate audit verify                 is the audit log as it was written? reads only
  clustergate audit export > log.ndjson    the log with its checkpoints, to be checked offline
  clustergate audit rotate-key             another key signs its checkpoints from now on
  clustergate migrate --to postgres://…    moves the SQLite database to PostgreSQL
  clustergate openapi                      the API's description, as YAML
  clustergate keys rotate                  another master key, on a running gateway or a stopped one
  clustergate keys reset                   go on without a master key that is lost
  clustergate version

Settings are environment variables; the README has them in one table.`

const commands: Record<string, () => Promise<{ command: Command }>> = {
  start: () => import('./commands/start.ts'),
  serve: () => import('./commands/serve.ts'),
  sandbox: () => import('./commands/sandbox.ts'),
  migrate: () => import('./commands/migrate.ts'),
  keys: () => import('./commands/keys.ts'),
  audit: () => import('./commands/audit.ts'),
  openapi: () => import('./commands/openapi.ts'),
}

const prints: Record<string, string> = {
  version,
  '--version': version,
  help: usage,
  '--help': usage,
  '-h': usage,
}

async function main([name = 'help', ...args]: string[]): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  const text = Object.hasOwn(prints, name) ? prints[name] : undefined
  if (text !== undefined) return console.log(text)
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!load) throw new StartRefusal(`There is no command ${name}.\n\n${usage}`)
  const { command } = await load()
  const running = await command.run(args)
  if (running === null) return
  await stopped
  await running.stop()
}

// From the second start on, the code is there without its types and compiled: half the time, 20 MB less. Where the
// folder cannot be written, Node goes on without.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/clustergate'))

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof StartRefusal ? error.message : error)
  // Some commands tell more by theirs.
  process.exitCode ??= 1
}
