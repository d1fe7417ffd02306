import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { systemClock, toRfc3339 } from '../cluster/clock.ts'
import { newId } from '../cluster/id.ts'
import { StartRefusal } from '../cluster/start-refusal.ts'
import { readConfig, storePlace } from '../config.ts'
import { recordAuditAlone } from '../store/audit-entries.ts'
import { type ExportRange, exportLog } from '../store/export-audit.ts'
import { openSnapshot, openStoreBeside, type StorePlace } from '../store/open-store.ts'
import type { Command } from './command.ts'
import { operatorAttribution } from './operator.ts'
import { readOptions } from './options.ts'

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  reason: { type: 'string' },
} as const

/** `clustergate audit export`: the log as NDJSON on standard output. That it was exported is in the log first. */
export const command: Command = {
  async run(args) {
    const { from, to, reason } = readOptions(args, options)
    const range = {
      ...(from !== undefined && { from: readTime('--from', from) }),
      ...(to !== undefined && { to: readTime('--to', to) }),
    }
    const { config, secrets } = readConfig(process.env, { requireMasterKey: false })
    const place = storePlace(config, secrets)
    await recordExport(place, range, reason)
    await using snapshot = await openSnapshot(place)
    await pipeline(Readable.from(inChunks(exportLog(snapshot.session, range))), process.stdout, {
      end: false,
    })
    return null
  },
}

function readTime(name: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return time
  throw new StartRefusal(`${name} ${text} is no RFC 3339 time, such as 2026-03-01T00:00:00Z.`)
}

async function recordExport(
  place: StorePlace,
  { from, to }: ExportRange,
  reason: string | undefined,
): Promise<void> {
  await using store = await openStoreBeside(place, { clock: systemClock, newId })
  await recordAuditAlone(store, operatorAttribution(reason), {
    action: 'audit.export',
    outcome: 'SUCCESS',
    targets: [{ type: 'gateway', id: 'gateway', displayName: 'clustergate' }],
    team: null,
    changes: [
      { path: '/from', before: null, after: shown(from) },
      { path: '/to', before: null, after: shown(to) },
    ],
  })
}

function shown(time: number | undefined): string | null {
  return time === undefined ? null : toRfc3339(time)
}

const chunkLength = 1 << 16

/** A line at a time would be a system call each. */
async function* inChunks(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const line of lines) {
    chunk += line
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}
