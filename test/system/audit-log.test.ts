import { execFile } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { run } from './process.ts'
import { Serving } from './serve.ts'

/** Writes an entry. Answers its receipt, as the verifiers take it. */
async function write(
  { client, adminKey }: Serving,
  team: string,
): Promise<{ entry: string; receipt: string }> {
  const answer = await fetch(`${client.url}/teams/${team}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ duplicateWindowMs: 1000 }),
  })
  const entry = answer.headers.get('audit-entry') ?? ''
  return { entry, receipt: `${entry}:${answer.headers.get('audit-digest')}` }
}

async function get({ client, adminKey }: Serving, path: string): Promise<string> {
  const answer = await fetch(`${client.url}${path}`, { headers: { authorization: `Bearer ${adminKey}` } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}

async function keyOptions(serving: Serving): Promise<string[]> {
  const { keys } = JSON.parse(await get(serving, '/audit-checkpoints/keys')) as { keys: string[] }
  return keys.flatMap((key) => ['--key', key])
}

/** The verifier alone in a folder, as a stranger would have it. */
function strangersVerifier(folder: string): (args: string[]) => Promise<{ code: number; output: string }> {
  const file = join(folder, 'verifier.mjs')
  copyFileSync(join(import.meta.dirname, '../../src/audit/verifier.mjs'), file)
  return (args) =>
    new Promise((resolve) => {
      execFile(process.execPath, [file, ...args], { cwd: folder }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      )
    })
}

describe('the audit log of a real gateway', () => {
  it('is whole after kill -9 between the commit of an entry and its place in the log', async () => {
    await using serving = await Serving.start()
    const receipts: string[] = []
    let interrupted = 0
    // Whether the kill comes first is for the machine to say; it nearly always does.
    for (let life = 0; life < 10 && interrupted === 0; life++) {
      const { entry, receipt } = await write(serving, `team-${life}`)
      serving.process.signal('SIGKILL')
      await serving.process.ended
      receipts.push('--receipt', receipt)
      interrupted = queuedIn(serving)
      await serving.startAgain()
      expect(await get(serving, `/audit-entries/${entry}/proof`)).toContain('"leafIndex"')
    }
    expect(interrupted).toBeGreaterThan(0)
    const { code, stdout } = await run(['audit', 'verify', '--json', ...receipts], serving.env)
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, waiting: 0 }])
  })

  it('is checked, exported and given another key by commands, while the gateway runs', async () => {
    await using serving = await Serving.start()
    const { entry, receipt } = await write(serving, 'search')
    expect((await run(['audit', 'rotate-key', '--reason', 'drill'], serving.env)).code).toBe(0)
    const later = await write(serving, 'ml')
    await get(serving, `/audit-entries/${later.entry}/proof`)
    const keys = await keyOptions(serving)
    expect(keys).toHaveLength(4)
    const verified = await run(['audit', 'verify', '--receipt', receipt, ...keys], serving.env)
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('All is right.')])
    const exported = await run(['audit', 'export', '--reason', 'yearly audit'], serving.env)
    expect(exported.code).toBe(0)
    const [, ...lines] = exported.stdout.trimEnd().split('\n')
    expect(lines.filter((line) => line.includes(entry))).toHaveLength(1)
    const entries = JSON.parse(await get(serving, '/audit-entries?action=audit.export'))
    expect(entries.auditEntries).toMatchObject([{ reason: 'yearly audit', context: { interface: 'cli' } }])
  })

  it('is not signed any further when somebody writes its tables meanwhile, and the gateway says so', async () => {
    await using serving = await Serving.start()
    const { entry } = await write(serving, 'search')
    await get(serving, `/audit-entries/${entry}/proof`)
    expect(JSON.parse(await get(serving, '/readyz')).checks).not.toHaveProperty('auditLog')
    const signed = await get(serving, '/audit-checkpoints/latest')
    const db = new Database(serving.databaseFile)
    db.pragma('busy_timeout = 5000')
    db.prepare('UPDATE audit_leaves SET leaf_hash = zeroblob(32) WHERE entry_id = ?').run(entry)
    db.close()
    await write(serving, 'ml')
    await serving.process.printed(/"msg":"the audit log in the database is not what was signed/)
    expect(JSON.parse(await get(serving, '/readyz'))).toMatchObject({
      ready: true,
      checks: { auditLog: expect.stringContaining('not what was signed') },
    })
    expect(await get(serving, '/metrics')).toContain('clustergate_audit_sequencer{state="stopped"} 1')
    expect(await get(serving, '/audit-checkpoints/latest')).toBe(signed)
  })

  it('can be judged by a stranger with one file: an entry by its proof, and two checkpoints', async () => {
    await using serving = await Serving.start()
    const { path } = serving.folder
    const verifier = strangersVerifier(path)
    const file = (name: string) => join(path, name)
    const first = await write(serving, 'search')
    writeFileSync(file('entry.json'), await get(serving, `/audit-entries/${first.entry}`))
    writeFileSync(file('proof.json'), await get(serving, `/audit-entries/${first.entry}/proof`))
    writeFileSync(file('old.txt'), await get(serving, '/audit-checkpoints/latest'))
    const second = await write(serving, 'ml')
    await get(serving, `/audit-entries/${second.entry}/proof`)
    writeFileSync(file('new.txt'), await get(serving, '/audit-checkpoints/latest'))
    const [from, to] = ['old.txt', 'new.txt'].map((name) => readFileSync(file(name), 'utf8').split('\n')[1])
    const consistency = await get(serving, `/audit-checkpoints/consistency?from=${from}&to=${to}`)
    writeFileSync(file('consistency.json'), consistency)
    const keys = await keyOptions(serving)
    expect((await verifier(['entry', 'entry.json', 'proof.json', ...keys])).code).toBe(0)
    const steps = ['checkpoints', 'old.txt', 'new.txt', 'consistency.json']
    expect((await verifier([...steps, ...keys])).code).toBe(0)
    expect((await verifier(['checkpoints', 'new.txt', 'old.txt', 'consistency.json', ...keys])).code).toBe(1)
    expect((await verifier(steps)).code).toBe(2)
  })

  it('can be judged by a stranger with an export, a receipt and one file', async () => {
    await using serving = await Serving.start()
    const { path } = serving.folder
    const verifier = strangersVerifier(path)
    const { entry, receipt } = await write(serving, 'search')
    await get(serving, `/audit-entries/${entry}/proof`)
    const checkpoint = join(path, 'old.txt')
    writeFileSync(checkpoint, await get(serving, '/audit-checkpoints/latest'))
    const known = ['--receipt', receipt, '--checkpoint', checkpoint, ...(await keyOptions(serving))]
    await serving.process.stop()
    const judge = async () => {
      writeFileSync(join(path, 'log.ndjson'), (await run(['audit', 'export'], serving.env)).stdout)
      return verifier(['export', 'log.ndjson', ...known])
    }
    expect((await judge()).code).toBe(0)
    const db = new Database(serving.databaseFile)
    const edit = 'UPDATE audit_entries SET document = replace(document, ?, ?) WHERE id = ?'
    db.prepare(edit).run('"type":"api_key"', '"type":"anonymous"', entry)
    db.close()
    const live = await run(['audit', 'verify', ...known], serving.env)
    expect([live.code, live.stdout]).toEqual([1, expect.stringContaining(`EDITED: ${entry}`)])
    const offline = await judge()
    expect([offline.code, offline.output]).toEqual([1, expect.stringContaining(`EDITED: ${entry}`)])
  })

  it('of another gateway is refused, by name', async () => {
    await using serving = await Serving.start()
    await using other = await Serving.start()
    const [{ entry }, foreign] = [await write(serving, 'search'), await write(other, 'search')]
    await get(serving, `/audit-entries/${entry}/proof`)
    await get(other, `/audit-entries/${foreign.entry}/proof`)
    const checkpoint = join(serving.folder.path, 'foreign.txt')
    writeFileSync(checkpoint, await get(other, '/audit-checkpoints/latest'))
    const { code, stderr } = await run(['audit', 'verify', '--checkpoint', checkpoint], serving.env)
    expect([code, stderr]).toEqual([2, expect.stringContaining('of another log')])
  })

  it('is not touched by a command that has the wrong master key, or that is mistyped', async () => {
    await using serving = await Serving.start()
    const keys = await keyOptions(serving)
    const wrong = { ...serving.env, CLUSTERGATE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
    expect((await run(['audit', 'rotate-key'], wrong)).stderr).toMatch(/not that of this database/)
    for (const [code, ...args] of [
      [1, 'audit'],
      [1, 'audit', 'burn'],
      [2, 'audit', 'verify', '--fast'],
      [1, 'audit', 'export', '--to', 'x'],
    ] as const) {
      expect([args, (await run([...args], serving.env)).code]).toEqual([args, code])
    }
    expect(await keyOptions(serving)).toEqual(keys)
  })
})

/** Entries of a gateway that is not running that have no place in the log yet. */
function queuedIn({ databaseFile }: Serving): number {
  const db = new Database(databaseFile, { readonly: true })
  const count = Number(db.prepare('SELECT count(*) FROM audit_queue').pluck().get())
  db.close()
  return count
}
