import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkpointLine, endLine, headerLine, leafLine } from '../../../src/audit/export-format.ts'
import { leafOf } from '../../../src/audit/leaf.ts'
import { newOrigin, newSigningKey, Signer } from '../../../src/audit/signer.ts'
import { Frontier } from '../../../src/audit/verifier.mjs'
import type { AuditEntry } from '../../../src/cluster/audit.ts'
import { newId } from '../../../src/cluster/id.ts'
import type { AuditVerifyCalls } from '../audit-verify-process.ts'
import { Child } from '../child.ts'
import type { Scale } from '../options.ts'
import { connectionName, orderOf, who } from '../orders.ts'
import { type Figure, figure, overRounds, ratio } from '../report.ts'

export const about = 'the offline check of an exported audit log against plain SHA-256 of the same file'

/** Entries under one checkpoint, as a busy gateway makes them. */
const batch = 256
const mib = 2 ** 20

export async function run({ entries, rounds }: Scale): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'clustergate-bench-'))
  try {
    const file = join(folder, 'log.ndjson')
    await pipeline(Readable.from(exportOf(entries)), createWriteStream(file))
    await using child = new Child<AuditVerifyCalls>('audit-verify-process.ts')
    const [ours, plain]: [number[], number[]] = [[], []]
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      ours.push(entries / (await child.call('verify', file)))
      plain.push(entries / (await child.call('hash', file)))
    }
    return [
      ratio('entries a second of CPU, of plain SHA-256', ours, plain, { sign: '≥', value: 0.2 }),
      overRounds('entries a second of CPU', ours, '/s'),
      overRounds('  plain SHA-256', plain, '/s'),
      figure(
        `peak RSS, ${entries.toLocaleString('en')} entries`,
        (await child.call('peakRss')) / mib,
        'MiB',
        {
          sign: '≤',
          value: 200,
        },
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The lines of an export of a log of creates. */
function* exportOf(entries: number): Generator<string> {
  const key = newSigningKey(newOrigin())
  const signer = new Signer(key)
  const { origin } = signer
  yield headerLine({ origin, first: 0, peaks: [], bodiesEnd: entries, keys: [key.verifierKey] })
  const frontier = new Frontier()
  for (let index = 0; index < entries; index++) {
    const entry = entryOf(index)
    const { text, hash } = leafOf(entry)
    frontier.append(hash)
    yield leafLine(index, entry.id, hash, text)
    if (frontier.size % batch === 0 || frontier.size === entries)
      yield checkpointLine(signer.checkpoint(frontier.size, frontier.root))
  }
  yield endLine(entries, entries)
}

function entryOf(index: number): AuditEntry {
  const name = `search-${index}`
  const { connection, scope, ...order } = orderOf({ id: newId('con'), name: connectionName }, name)
  const changes = Object.entries({ ...order, connection: connection.name })
    .filter(([, value]) => value !== null)
    .map(([field, after]) => ({ path: `/${field}`, before: null, after }))
  return {
    id: newId('aud'),
    time: Date.now(),
    action: 'cluster.create',
    outcome: 'SUCCESS',
    actor: who.actor,
    targets: [{ type: 'cluster', id: newId('clu'), displayName: name }],
    team: order.team,
    context: who.context,
    requestId: newId('req'),
    changes,
  }
}
