import { availableParallelism, loadavg } from 'node:os'
import { Inventories } from './inventories.ts'
import { readOptions, type Scale } from './options.ts'
import * as acceptCreate from './parts/accept-create.ts'
import * as auditVerify from './parts/audit-verify.ts'
import * as authentication from './parts/authentication.ts'
import * as createBesideInventory from './parts/create-beside-inventory.ts'
import * as drain from './parts/drain.ts'
import * as exportInventory from './parts/export-inventory.ts'
import * as getBesideCreates from './parts/get-beside-creates.ts'
import * as getCluster from './parts/get-cluster.ts'
import * as memory from './parts/memory.ts'
import * as postgres from './parts/postgres.ts'
import * as queryInventory from './parts/query-inventory.ts'
import * as reachProvider from './parts/reach-provider.ts'
import * as reconcile from './parts/reconcile.ts'
import * as sync from './parts/sync.ts'
import { type Figure, type PartReport, renderPart } from './report.ts'

interface Part {
  about: string
  run(scale: Scale, inventories: Inventories): Promise<Figure[]>
}

const parts: Record<string, Part> = {
  'get-cluster': getCluster,
  'get-beside-creates': getBesideCreates,
  'accept-create': acceptCreate,
  memory,
  'reach-provider': reachProvider,
  sync,
  reconcile,
  drain,
  'query-inventory': queryInventory,
  'export-inventory': exportInventory,
  // Last of those that share an inventory, since it adds to it.
  'create-beside-inventory': createBesideInventory,
  postgres,
  authentication,
  'audit-verify': auditVerify,
}

/** Runs the parts one after the other. @throws Error when one did not run, or gave no figure */
async function main(): Promise<void> {
  const { scale, smoke, json, only } = readOptions(process.argv.slice(2))
  const unknown = only.filter((name) => !(name in parts))
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}.`)
  const reports: PartReport[] = []
  using inventories = new Inventories(scale.varied)
  for (const [part, { about, run }] of Object.entries(parts)) {
    if (only.length > 0 && !only.includes(part)) continue
    const report = { part, about, figures: await run(scale, inventories) }
    requireFigures(report)
    reports.push(report)
    if (!json) console.log(renderPart(report))
  }
  const machine = { node: process.version, cores: availableParallelism(), loadAverage: loadavg() }
  if (json) console.log(JSON.stringify({ smoke, machine, reports }, null, 2))
  else
    console.log(
      `Node ${machine.node}, ${machine.cores} cores, load average ${machine.loadAverage[0]?.toFixed(1)}`,
    )
}

function requireFigures({ part, figures }: PartReport): void {
  const empty = figures.filter(({ value }) => !Number.isFinite(value)).map(({ what }) => what)
  if (figures.length === 0 || empty.length > 0) throw new Error(`${part} gave no figure: ${empty.join(', ')}`)
}

await main()
