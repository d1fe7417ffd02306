import { isOpen } from '../../src/cluster/cluster.ts'
import { renderCluster } from '../../src/cluster/document.ts'
import { type ClusterRow, toCluster } from '../../src/store/cluster-rows.ts'
import { credentialsPlace } from '../../src/store/credentials.ts'
import type { Store } from '../../src/store/store.ts'
import { countUsage } from '../../src/store/usage.ts'
import { brokenVersions } from '../store/version-chain.ts'
import { replayAudit } from './audit-replay.ts'
import { plainVault } from './plain-vault.ts'
import type { EmulatedProvider } from './providers.ts'
import { allAuditEntries, allClusters, allCredentials, pendingIntents } from './rows.ts'
import type { User } from './user.ts'
import type { CallWitness } from './witness.ts'

export interface Evidence {
  store: Store
  provider: EmulatedProvider
  witness: CallWitness
  user: User
  /** Nothing went wrong on purpose. */
  calm: boolean
  /** Clusters that somebody removed at the console, by key. */
  removed: ReadonlySet<string>
  strangers: ReadonlySet<string>
}

/** What must be true when everything has come to rest. Answers what is not. */
export async function violationsIn(evidence: Evidence): Promise<string[]> {
  const rows = await allClusters(evidence.store)
  const checks = [
    evidence.witness.violations,
    unsettled(rows),
    inventoryAgainstUpstream(rows, evidence),
    madeTwice(evidence),
    adoptedStrangers(rows, evidence),
    await forgotten(rows, evidence),
    await wrongCredentials(rows, evidence),
    await openIntents(evidence.store),
    rows.flatMap((row) => wrongDocument(row)),
    await replayAudit(evidence.store, rows, evidence.user.accepted),
    await brokenVersions(evidence.store),
    await spilledSecrets(rows, evidence),
    await driftedUsage(evidence),
  ]
  return checks.flat()
}

/** What each team holds is kept step by step; counted anew it must be the same. */
async function driftedUsage({ store }: Evidence): Promise<string[]> {
  const rows = await store.reader.db.select().from(store.reader.tables.teamUsage)
  const counted = await countUsage(store, store.reader)
  const amounts = rows.map(({ team, resource, amount }) => [`${resource} of ${team}`, amount] as const)
  const kept = new Map(amounts.filter(([, amount]) => amount !== 0))
  const held = new Map(
    [...counted].flatMap(([team, sums]) =>
      Object.entries(sums).map(([resource, sum]) => [`${resource} of ${team}`, sum] as const),
    ),
  )
  return [...new Set([...kept.keys(), ...held.keys()])]
    .filter((key) => (kept.get(key) ?? 0) !== (held.get(key) ?? 0))
    .map((key) => `${key}: ${kept.get(key) ?? 0} are kept, ${held.get(key) ?? 0} are there`)
}

function tell(row: ClusterRow): string {
  return `${row.name} ${row.id.slice(-3)} (${row.state}, ${row.operationKind} ${row.operationStatus}, ${row.management}, ${row.externalId})`
}

function unsettled(rows: ClusterRow[]): string[] {
  return rows
    .filter((row) => isOpen(toCluster(row).operation) || row.leaseOwner !== null || row.work.intentId)
    .map((row) => `${tell(row)} did not come to rest`)
}

function inventoryAgainstUpstream(rows: ClusterRow[], { provider, removed }: Evidence): string[] {
  const alive = new Map(
    provider.clusters().flatMap((cluster) => (cluster.alive ? [[cluster.externalId, cluster]] : [])),
  )
  const living = rows.filter((row) => row.state !== 'DELETED' && row.externalId !== null)
  const ids = new Set(living.map((row) => row.externalId))
  const violations = living.flatMap((row) => {
    const upstream = alive.get(row.externalId ?? '')
    if (!upstream) return row.state === 'MISSING' ? [] : [`${tell(row)} is not there`]
    if (row.state !== upstream.rests) return [`${tell(row)} is ${upstream.rests} upstream`]
    // While a rename was under way its old name was free here, and may have been given away.
    const given = rows.some((other) => other.state !== 'DELETED' && other.name === upstream.name)
    return row.name === upstream.name || given ? [] : [`${tell(row)} is called ${upstream.name} upstream`]
  })
  if (ids.size < living.length) violations.push('two rows are one cluster')
  // A delete whose refusal could not be understood may have been told off for being a second one.
  const missing = living.filter((row) => row.state === 'MISSING' && row.operationKind !== 'delete')
  if (removed.size === 0) violations.push(...missing.map((row) => `${tell(row)} was removed by nobody`))
  for (const id of alive.keys()) if (!ids.has(id)) violations.push(`${id} is not in the inventory`)
  return violations
}

function madeTwice({ witness, removed, strangers, provider }: Evidence): string[] {
  const alive = new Set(provider.clusters().flatMap(({ key, alive }) => (alive ? [key] : [])))
  const counts = new Map<string, number>()
  for (const { key, clusterId } of witness.made) {
    if (removed.has(key) || strangers.has(key)) continue
    if (witness.expectsLateCreates && !alive.has(key)) continue
    counts.set(clusterId, (counts.get(clusterId) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count > 1).map(([id, count]) => `${id} was made ${count} times`)
}

function adoptedStrangers(rows: ClusterRow[], { strangers, provider, witness, removed }: Evidence): string[] {
  const own = new Set(witness.made.map(({ key }) => key))
  const foreign = provider.clusters().filter(({ key, alive }) => alive && strangers.has(key) && !own.has(key))
  const ids = new Set(foreign.map(({ externalId }) => externalId))
  const violations = rows
    .filter((row) => row.state !== 'DELETED' && ids.has(row.externalId ?? '') && row.management === 'MANAGED')
    .map((row) => `${tell(row)} is a stranger's cluster`)
  // What we made and did not keep as ours is leaked, even if a sync has found it again.
  const mine = new Set(
    provider.clusters().flatMap(({ key, alive, externalId }) => (alive && own.has(key) ? [externalId] : [])),
  )
  const leaked = rows.filter(
    (row) => row.state !== 'DELETED' && row.management === 'UNMANAGED' && mine.has(row.externalId ?? ''),
  )
  const lost = provider
    .clusters()
    .filter(({ key, alive }) => strangers.has(key) && !alive && !removed.has(key))
    .map(({ name }) => `a stranger's ${name} was deleted`)
  return [...violations, ...lost, ...leaked.map((row) => `${tell(row)} was leaked`)]
}

async function forgotten(rows: ClusterRow[], { user }: Evidence): Promise<string[]> {
  const ids = new Set(rows.map((row) => row.id))
  return user.accepted
    .filter(({ id }) => !ids.has(String(id)))
    .map(({ id }) => `${id} was accepted and is gone`)
}

async function wrongCredentials(rows: ClusterRow[], { store, witness, calm, provider }: Evidence) {
  const credentials = await allCredentials(store)
  const violations: string[] = []
  const own = new Set(witness.made.map(({ key }) => key))
  for (const row of rows.filter(({ state, externalId }) => state !== 'DELETED' && externalId !== null)) {
    const gives = provider.id === 'zilliz' && row.management === 'MANAGED'
    const hearer = witness.heard.get(row.externalId ?? '')
    const kept = calm || hearer?.dead === false
    const mayBe = !gives ? ['NONE'] : kept ? ['AVAILABLE'] : ['AVAILABLE', 'LOST']
    if (!mayBe.includes(row.credentialState))
      violations.push(`${tell(row)} has ${row.credentialState} credentials`)
    if (row.credentialState !== 'AVAILABLE' || !own.has(row.externalId ?? '')) continue
    const stored = credentials.find(({ clusterId }) => clusterId === row.id)
    const opened = stored && (await plainVault.open(stored.sealed, credentialsPlace(row)))
    const issued = JSON.stringify(witness.issued.get(row.externalId ?? ''))
    if (opened !== issued) violations.push(`${tell(row)} keeps ${opened}, but ${issued} was issued`)
  }
  return violations
}

async function openIntents(store: Store): Promise<string[]> {
  const open = await pendingIntents(store)
  return open.map((intent) => `the ${intent.kind} ${intent.id} of ${intent.clusterId} has no outcome`)
}

function wrongDocument(row: ClusterRow): string[] {
  const rendered = JSON.stringify(renderCluster(toCluster(row)))
  return rendered === row.document ? [] : [`${tell(row)} is not what its document shows`]
}

async function spilledSecrets(rows: ClusterRow[], { store, provider, witness }: Evidence): Promise<string[]> {
  const passwords = [...witness.issued.values()].map(({ password }) => password)
  const secrets = [provider.apiKey, ...passwords].map((secret) => JSON.stringify(secret).slice(1, -1))
  const written = [...rows, ...(await allAuditEntries(store))].map(({ document }) => document)
  return written
    .filter((text) => secrets.some((secret) => text.includes(secret)))
    .map((text) => `a secret is written in ${text}`)
}
