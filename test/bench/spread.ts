import { newId } from '../../src/cluster/id.ts'
import type { ClusterRow } from '../../src/store/cluster-rows.ts'

const adjectives = ['fast', 'blue', 'north', 'quiet', 'proud', 'amber', 'late', 'plain', 'sharp', 'young']
const things = [
  'search',
  'index',
  'vectors',
  'ranker',
  'embedder',
  'catalog',
  'memory',
  'feed',
  'chat',
  'recall',
]
const regions = ['gcp-us-west1', 'aws-us-east-1', 'aws-eu-central-1', 'azure-eastus', 'gcp-europe-west3']
const plans = ['SERVERLESS', 'SERVERLESS', 'FREE', 'DEDICATED']
const states = [
  ...Array<'READY'>(12).fill('READY'),
  ...Array<'DELETED'>(5).fill('DELETED'),
  'SUSPENDED',
  'FAILED',
  'MISSING',
] as const
const providers = ['zilliz', 'zilliz', 'zilliz', 'zilliz', 'fireworks']
const histories = [0, 0, 0, 0, 0, 1, 1, 1, 2, 5]
const environments = ['prod', 'staging', 'test', 'dev']

const teams = 100
const connections = 8
const dayMs = 86_400_000

/** The same number for the same seed, spread over all of them: a run must be like the one before. */
function pick<T>(from: readonly T[], index: number, salt: number): T {
  const mixed = Math.imul(Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b), 0xc2b2ae35) >>> 0
  return from[(mixed >>> 8) % from.length] as T
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const [ofTeam, ofKey, ofPerson, ofDay] = [teams, 5, 8, 720].map(numbers) as [
  number[],
  number[],
  number[],
  number[],
]

/** A cluster like the first, as one of many: of some team, in some state, with labels, made at some time of two years. */
export function spreadRow(first: ClusterRow, index: number): ClusterRow {
  const ofWhich = pick(ofTeam, index, 1)
  const team = `team-${ofWhich}`
  // A team has a few accounts and regions, not all of them.
  const place = ofWhich + pick([0, 0, 0, 1], index, 8)
  const name = `${pick(adjectives, index, 2)}-${pick(things, index, 3)}-${index}`
  const state = pick(states, index, 4)
  const createTime = first.createTime - pick(ofDay, index, 5) * dayMs - (index % dayMs)
  const externalId = `in05-${Math.imul(index + 1, 0x9e3779b1) >>> 0}${String(index).padStart(7, '0')}`
  const key = `key-${team}-${pick(ofKey, index, 6)}`
  return {
    ...first,
    id: newId('clu'),
    name,
    displayName: `${pick(things, index, 7)} of ${team}`,
    team,
    provider: pick(providers, index, 13),
    connection: `${first.connection}-${place % connections}`,
    region: regions[(place + pick([0, 0, 2], index, 9)) % regions.length] ?? null,
    spec: { ...first.spec, plan: pick(plans, index, 10) },
    labels: { env: pick(environments, index, 11), owner: `person-${ofWhich}-${pick(ofPerson, index, 12)}` },
    state,
    externalId,
    endpoint: `https://${externalId}.serverless.gcp-us-west1.cloud.zilliz.com`,
    management: index % 10 === 0 ? 'IMPORTED' : 'MANAGED',
    createdBy: { type: 'api_key', id: key, displayName: `${team} ci` },
    createTime,
    updateTime: createTime + (index % 100) * 1000,
    expireTime: index % 20 === 0 ? createTime + 90 * dayMs : null,
    deleteTime: state === 'DELETED' ? createTime + dayMs : null,
  }
}

/** How often it was changed since. */
export function historyOf(index: number): number {
  return pick(histories, index, 14)
}
