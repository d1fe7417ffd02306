import { parseArgs } from 'node:util'

/** How long and how large a run is. */
export interface Scale {
  /** Seconds of load before anything is measured: the JIT takes 12 s to settle. */
  warmUpS: number
  /** Rounds of each side, A B A B …, whose median counts. */
  rounds: number
  /** Seconds of one round of one side. */
  roundS: number
  /** Clusters in the inventory of the reads. */
  clusters: number
  /** Sizes of the varied inventory, the smallest first, between which a page must not become slower. */
  inventory: number[]
  /** Clusters of one that are no copies of others. */
  varied: number
  /** Rounds of each question to it. */
  queryRounds: number
  /** Seconds of one of these. */
  queryRoundS: number
  /** Seconds of one where the p99 counts. */
  pageRoundS: number
  /** Creates whose way to the provider is timed. */
  creates: number
  /** Creates that wait while the memory they take is weighed. */
  pending: number
  /** Clusters that a sync goes through. */
  synced: number
  /** Creates that the reconciler carries out. */
  stepped: number
  /** Creates asked for at once, of a provider that limits them. */
  drained: number
  /** Seconds without a request after which a process counts as idle. */
  idleS: number
  /** Entries of the audit log that is verified. */
  entries: number
}

const full: Scale = {
  warmUpS: 12,
  rounds: 7,
  roundS: 3,
  clusters: 1000,
  inventory: [1000, 100_000, 1_000_000],
  varied: 25_000,
  queryRounds: 5,
  queryRoundS: 0.4,
  pageRoundS: 1,
  creates: 200,
  pending: 1000,
  synced: 10_000,
  stepped: 2000,
  drained: 1000,
  idleS: 10,
  entries: 1_000_000,
}

/** Long enough to see that every part runs, too short to tell anything about speed. */
const smoke: Scale = {
  warmUpS: 0.3,
  rounds: 1,
  roundS: 0.5,
  clusters: 20,
  inventory: [100, 600],
  varied: 200,
  queryRounds: 1,
  queryRoundS: 0.05,
  pageRoundS: 0.05,
  creates: 5,
  pending: 20,
  synced: 250,
  stepped: 20,
  drained: 20,
  idleS: 0.2,
  entries: 2000,
}

export interface Options {
  scale: Scale
  smoke: boolean
  json: boolean
  /** Names of the parts to run; empty for all. */
  only: string[]
}

/** Reads the command line. @throws TypeError at an option that there is not */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      smoke: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      clusters: { type: 'string' },
    },
  })
  const scale = values.smoke ? smoke : full
  const inventory = values.clusters === undefined ? scale.inventory : readSizes(values.clusters)
  return { ...values, scale: { ...scale, inventory } }
}

/** @throws TypeError at anything but whole numbers with commas between them */
function readSizes(text: string): number[] {
  const sizes = text.split(',').map(Number)
  if (sizes.some((size) => !Number.isInteger(size) || size < 100))
    throw new TypeError('--clusters takes sizes of 100 and more, such as 1000,100000,1000000.')
  return sizes.toSorted((a, b) => a - b)
}
