import type { SandboxClock } from '../clock.ts'
import type { FaultBook } from '../faults.ts'
import { type Random, randomHex } from '../random.ts'
import { writeStateFile } from '../state-file.ts'
import { ZillizFailure } from './failure.ts'
import { isGone, settle, statusOf } from './lifecycle.ts'
import type { ZillizDurations, ZillizMode, ZillizQuotas } from './mode.ts'
import type { ClusterRecord, ProjectRecord, StoredState } from './records.ts'

const RECYCLE_BIN_MS = 30 * 24 * 60 * 60 * 1000

export interface WorldSettings {
  clock: SandboxClock
  random: Random
  faults: FaultBook
  mode: ZillizMode
  quotas: ZillizQuotas
  durations: ZillizDurations
  stateFile: string | null
}

/** Everything that exists in the emulated organization. Whatever reads it sees it as of the clock's now. */
export class ZillizWorld {
  readonly settings: WorldSettings
  #projects: ProjectRecord[]
  #clusters: ClusterRecord[]

  constructor(settings: WorldSettings, stored: StoredState | null) {
    this.settings = settings
    this.#projects = stored?.projects ?? defaultProjects(settings)
    this.#clusters = stored?.clusters ?? []
  }

  get mode(): ZillizMode {
    return this.settings.mode
  }

  now(): number {
    return this.settings.clock.now()
  }

  newId(prefix: string, length: number): string {
    return `${prefix}${randomHex(this.settings.random, length)}`
  }

  /** Newest first. */
  projects(): readonly ProjectRecord[] {
    return this.#projects
  }

  addProject(project: ProjectRecord): void {
    this.#projects.unshift(project)
  }

  removeProject(projectId: string): void {
    this.#projects = this.#projects.filter((project) => project.projectId !== projectId)
  }

  /** @throws ZillizFailure with the code that the mode gives unknown projects */
  requireProject(projectId: string): ProjectRecord {
    const project = this.#projects.find((candidate) => candidate.projectId === projectId)
    if (!project) throw new ZillizFailure(this.mode.unknownProjectCode)
    return project
  }

  /** Newest first, with those that are gone. */
  clusters(): readonly ClusterRecord[] {
    const now = this.now()
    for (const cluster of this.#clusters) settle(cluster, now)
    return this.#clusters
  }

  livingClusters(): ClusterRecord[] {
    return this.clusters().filter((cluster) => !isGone(cluster))
  }

  findCluster(clusterId: string): ClusterRecord | undefined {
    return this.clusters().find((cluster) => cluster.clusterId === clusterId)
  }

  /** @throws ZillizFailure as the mode has it for clusters that are not there */
  requireCluster(clusterId: string): ClusterRecord {
    const cluster = this.findCluster(clusterId)
    if (!cluster || isGone(cluster)) throw notFound(this.mode)
    return cluster
  }

  /** @throws ZillizFailure 40003 when the cluster is in none of these statuses, or as `requireCluster` does */
  requireClusterIn(clusterId: string, statuses: readonly string[]): ClusterRecord {
    const cluster = this.requireCluster(clusterId)
    if (!statuses.includes(statusOf(cluster))) throw new ZillizFailure(40003)
    return cluster
  }

  addCluster(cluster: ClusterRecord): void {
    this.#clusters.unshift(cluster)
  }

  /** @throws ZillizFailure when another cluster of the project has the name */
  requireFreeName(projectId: string, clusterName: string, exceptId?: string): void {
    const holder = this.clusters().find(
      (cluster) =>
        cluster.projectId === projectId &&
        cluster.clusterName === clusterName &&
        cluster.clusterId !== exceptId &&
        this.#holdsItsName(cluster),
    )
    if (holder) throw new ZillizFailure(this.mode.duplicateNameCode)
  }

  /** Makes what was changed survive a restart, where a state file is kept. */
  save(): void {
    if (this.settings.stateFile === null) return
    const state: StoredState = {
      version: 1,
      time: this.now(),
      projects: this.#projects,
      clusters: this.#clusters,
    }
    writeStateFile(this.settings.stateFile, state)
  }

  reset(): void {
    this.#projects = defaultProjects(this.settings)
    this.#clusters = []
    this.save()
  }

  #holdsItsName(cluster: ClusterRecord): boolean {
    if (!isGone(cluster)) return true
    if (this.mode.nameAfterDrop === 'free' || cluster.kind === 'free' || cluster.dropTime === null)
      return false
    return this.now() < cluster.dropTime + RECYCLE_BIN_MS
  }
}

export function notFound(mode: ZillizMode): ZillizFailure {
  if (mode.afterDrop === 'http404') return new ZillizFailure(404, { httpStatus: 404 })
  return new ZillizFailure(mode.afterDrop === '80020' ? 80020 : 96018)
}

function defaultProjects({ clock, mode }: WorldSettings): ProjectRecord[] {
  const common = { regionIds: [], description: '', createTime: clock.now() }
  return [
    {
      ...common,
      projectId: 'proj-7c41e90b2fd85a63c1e7d4',
      projectName: 'Staging',
      plan: mode.site === 'china' ? 'Enterprise' : 'Standard',
    },
    {
      ...common,
      projectId: 'proj-3f9a60d1c2b84e7752a0e8',
      projectName: DEFAULT_PROJECT_NAME,
      plan: 'Enterprise',
    },
  ]
}

export const DEFAULT_PROJECT_NAME = 'Default Project'
