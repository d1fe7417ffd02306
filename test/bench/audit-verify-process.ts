import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { verifyExport } from '../../src/audit/verifier.mjs'
import { answerCalls } from './rpc.ts'

const read = (file: string) => createReadStream(file, { highWaterMark: 1 << 20 })

/** Checks an export. Answers the seconds of CPU that it took. */
async function verify(file: string): Promise<number> {
  const before = process.cpuUsage()
  const report = await verifyExport(read(file))
  if (!report.ok) throw new Error(JSON.stringify(report.findings))
  return cpuSince(before)
}

/** Reads the same bytes and does no more than SHA-256 over them. Answers the seconds of CPU that it took. */
async function hash(file: string): Promise<number> {
  const before = process.cpuUsage()
  const hash = createHash('sha256')
  for await (const chunk of read(file)) hash.update(chunk)
  hash.digest()
  return cpuSince(before)
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** The most memory that this process ever had, in bytes. */
function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024
}

const calls = { verify, hash, peakRss }
export type AuditVerifyCalls = typeof calls
answerCalls(calls)
