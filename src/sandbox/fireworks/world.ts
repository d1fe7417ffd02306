import type { SandboxClock } from '../clock.ts'
import type { FaultBook } from '../faults.ts'
import { type Random, randomHex } from '../random.ts'
import { writeStateFile } from '../state-file.ts'
import type { Account, SuspendState } from './accounts.ts'
import { isGone } from './lifecycle.ts'
import type { FireworksMode } from './mode.ts'
import type { AuditRecord, ClusterRecord, StoredState } from './records.ts'
import { RpcError } from './rpc-error.ts'

const AUDIT_LOG_LENGTH = 1000

export interface WorldSettings {
  clock: SandboxClock
  random: Random
  faults: FaultBook
  mode: FireworksMode
  accounts: readonly Account[]
  /** Sandbox milliseconds. */
  provisioningMs: number
  /** Sandbox milliseconds. */
  deletingMs: number
  stateFile: string | null
}

/** Everything that exists at the emulated provider. Whatever reads it sees it as of the clock's now. */
export class FireworksWorld {
  readonly settings: WorldSettings
  readonly accounts: readonly Account[]
  #clusters: ClusterRecord[]
  #auditLog: AuditRecord[]

  constructor(settings: WorldSettings, stored: StoredState | null) {
    this.settings = settings
    this.accounts = settings.accounts.map((account) => ({
      ...account,
      suspendState: stored?.suspendStates[account.accountId] ?? account.suspendState,
    }))
    this.#clusters = stored?.clusters ?? []
    this.#auditLog = stored?.auditLog ?? []
  }

  get mode(): FireworksMode {
    return this.settings.mode
  }

  now(): number {
    return this.settings.clock.now()
  }

  newId(length: number): string {
    return randomHex(this.settings.random, length)
  }

  /** With those that are gone, oldest first. */
  clusters(): readonly ClusterRecord[] {
    return this.#clusters
  }

  livingClusters(accountId: string): ClusterRecord[] {
    const now = this.now()
    return this.#clusters.filter((cluster) => cluster.accountId === accountId && !isGone(cluster, now))
  }

  findCluster(accountId: string, clusterId: string): ClusterRecord | undefined {
    return this.livingClusters(accountId).find((cluster) => cluster.clusterId === clusterId)
  }

  /** @throws RpcError NOT_FOUND */
  requireCluster(accountId: string, clusterId: string): ClusterRecord {
    const cluster = this.findCluster(accountId, clusterId)
    if (!cluster) throw clusterNotFound(accountId, clusterId)
    return cluster
  }

  addCluster(cluster: ClusterRecord): void {
    this.#clusters.push(cluster)
  }

  /** Newest first. */
  auditLog(accountId: string): AuditRecord[] {
    return this.#auditLog.filter((record) => record.accountId === accountId)
  }

  addAuditRecord(record: AuditRecord): void {
    this.#auditLog = [record, ...this.#auditLog].slice(0, AUDIT_LOG_LENGTH)
  }

  /** Whether there is such an account. */
  suspend(accountId: string, state: SuspendState): boolean {
    const account = this.accounts.find((candidate) => candidate.accountId === accountId)
    if (account) account.suspendState = state
    this.save()
    return account !== undefined
  }

  /** Makes what was changed survive a restart, where a state file is kept. */
  save(): void {
    if (this.settings.stateFile === null) return
    const suspendStates = this.accounts.map(({ accountId, suspendState }) => [accountId, suspendState])
    const state: StoredState = {
      version: 1,
      time: this.now(),
      clusters: this.#clusters,
      auditLog: this.#auditLog,
      suspendStates: Object.fromEntries(suspendStates),
    }
    writeStateFile(this.settings.stateFile, state)
  }

  reset(): void {
    this.#clusters = []
    this.#auditLog = []
    for (const [index, account] of this.accounts.entries())
      account.suspendState = this.settings.accounts[index]?.suspendState ?? 'UNSUSPENDED'
    this.save()
  }
}

export function clusterName(accountId: string, clusterId: string): string {
  return `accounts/${accountId}/clusters/${clusterId}`
}

export function clusterNotFound(accountId: string, clusterId: string): RpcError {
  return new RpcError('NOT_FOUND', `Cluster "${clusterName(accountId, clusterId)}" not found`)
}
