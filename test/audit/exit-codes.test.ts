import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSigningKey, Signer } from '../../src/audit/signer.ts'
import { leafHashOf } from '../../src/audit/verifier.mjs'
import { consistencyHashes, findProof } from '../../src/store/audit-tree.ts'
import { findAuditEntry } from '../../src/store/read-audit-entries.ts'
import { LogFixture } from './log-fixture.ts'

let log: LogFixture
let key: string
beforeAll(async () => {
  log = await LogFixture.open()
  const [id = ''] = await log.batch(5)
  const put = (name: string, text: string) => writeFileSync(join(log.folder, name), text)
  key = (await log.keys())[0]?.text ?? ''
  const entry = (await findAuditEntry(log.store, id))?.document ?? ''
  put('entry.json', entry)
  put('edited.json', entry.replace('"displayName":"test"', '"displayName":"other"'))
  const old = await log.checkpoint()
  put('old.txt', old)
  await log.batch(5)
  const proof = await findProof(log.store, id)
  put('proof.json', JSON.stringify(proof))
  put('wrong-proof.json', JSON.stringify({ ...proof, leafIndex: 1 }))
  put('no-proof.json', '{"leafIndex":0}')
  put('new.txt', await log.checkpoint())
  put('consistency.json', JSON.stringify({ hashes: await consistencyHashes(log.store, 5, 10) }))
  put('inconsistency.json', JSON.stringify({ hashes: await consistencyHashes(log.store, 4, 10) }))
  put('forged.txt', old.replace('\n5\n', '\n6\n'))
  put('foreign.txt', new Signer(newSigningKey('clustergate/another')).checkpoint(5, leafHashOf('x')))
  const text = await log.export()
  put('log.ndjson', text)
  put('edited.ndjson', text.replace('"displayName":"test"', '"displayName":"other"'))
  put('cut.ndjson', text.split('\n').slice(0, 6).join('\n'))
  put('half.ndjson', `${text.split('\n')[0]}\n{"leafIndex":0,`)
  put('null', 'null')
  put('text', 'hello')
  put('list', '[1]')
  put('empty', '')
})
afterAll(() => log[Symbol.asyncDispose]())

function run(line: string) {
  const args = line.split(' ').map((each) => (each === 'KEY' ? key : each))
  const verifier = join(import.meta.dirname, '../../src/audit/verifier.mjs')
  const { status, stderr } = spawnSync(process.execPath, [verifier, ...args], {
    cwd: log.folder,
    encoding: 'utf8',
  })
  return { status, stderr }
}

test.each([
  ['export log.ndjson --key KEY'],
  ['export log.ndjson --key KEY --checkpoint old.txt'],
  ['entry entry.json proof.json --key KEY'],
  ['checkpoints old.txt new.txt consistency.json --key KEY'],
])('0, as all is right: %s', (line) => {
  expect(run(line)).toEqual({ status: 0, stderr: '' })
})

test.each([
  ['export edited.ndjson --key KEY'],
  ['export cut.ndjson --key KEY'],
  ['export log.ndjson --key KEY --checkpoint forged.txt'],
  ['entry edited.json proof.json --key KEY'],
  ['entry entry.json wrong-proof.json --key KEY'],
  ['checkpoints old.txt new.txt inconsistency.json --key KEY'],
  ['checkpoints new.txt old.txt consistency.json --key KEY'],
  ['checkpoints forged.txt new.txt consistency.json --key KEY'],
])('1, as it is not right: %s', (line) => {
  expect(run(line).status).toBe(1)
})

test.each([
  ['export'],
  ['export nowhere.ndjson --key KEY'],
  ['export log.ndjson --key nonsense'],
  ['export log.ndjson --key KEY --receipt nonsense'],
  ['export log.ndjson --key KEY --checkpoint text'],
  ['export log.ndjson --key KEY --checkpoint foreign.txt'],
  ['export log.ndjson --nonsense'],
  ['export half.ndjson --key KEY'],
  ['export null --key KEY'],
  ['export text --key KEY'],
  ['export list --key KEY'],
  ['export empty --key KEY'],
  ['entry entry.json proof.json'],
  ...['null', 'text', 'list', 'empty', 'no-proof.json'].flatMap((file) => [
    [`entry ${file} proof.json --key KEY`],
    [`entry entry.json ${file} --key KEY`],
    [`checkpoints ${file} new.txt consistency.json --key KEY`],
    [`checkpoints old.txt new.txt ${file} --key KEY`],
  ]),
  ['checkpoints foreign.txt new.txt consistency.json --key KEY'],
])('2, and one line of why, as it could not be checked: %s', (line) => {
  const { status, stderr } = run(line)
  expect(status).toBe(2)
  expect(stderr).not.toMatch(/\n\s+at /)
})
