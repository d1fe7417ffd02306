import { readFileSync } from 'node:fs'
import { Disproof, describeReport, Refusal, readReceipt, readVerifierKey } from '../audit/verifier.mjs'
import { StartRefusal } from '../cluster/start-refusal.ts'
import { readConfig, storePlace } from '../config.ts'
import { openSnapshot } from '../store/open-store.ts'
import { type Known, verifyLog } from '../store/verify-audit.ts'
import type { Command } from './command.ts'
import { readOptions } from './options.ts'

const options = {
  key: { type: 'string', multiple: true },
  receipt: { type: 'string', multiple: true },
  checkpoint: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
} as const

/** `clustergate audit verify`: whether the log is as it was written. Exit code 0 if so, 1 if not, 2 where that could not be checked. */
export const command: Command = {
  async run(args) {
    process.exitCode = 2
    const { json, ...given } = readOptions(args, options)
    const { config, secrets } = readConfig(process.env, { requireMasterKey: false })
    const report = await refusing(async () => {
      const known = readKnown(given)
      await using snapshot = await openSnapshot(storePlace(config, secrets))
      return await verifyLog(snapshot.session, known)
    })
    console.log(json ? JSON.stringify(report, null, 2) : describeReport(report))
    process.exitCode = report.ok ? 0 : 1
    return null
  },
}

type Given = Partial<Record<'key' | 'receipt' | 'checkpoint', string[]>>

function readKnown({ key, receipt = [], checkpoint = [] }: Given): Known {
  return {
    ...(key && { keys: key.map(readVerifierKey) }),
    receipts: receipt.map(readReceipt),
    held: checkpoint.map((file) => readFileSync(file, 'utf8')),
  }
}

async function refusing<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Disproof) process.exitCode = 1
    const foreseen = error instanceof Refusal || (error instanceof Error && 'syscall' in error)
    throw foreseen ? new StartRefusal(error.message) : error
  }
}
