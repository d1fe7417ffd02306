import { findFault } from '../faults.ts'
import type { Call, Operation } from './call.ts'
import { ZillizFailure } from './failure.ts'
import { isGone, statusOf } from './lifecycle.ts'
import { cloudsOf, regionsOf } from './places.ts'
import type { ClusterRecord } from './records.ts'
import { describeRow, listRow } from './rows.ts'
import { notFound } from './world.ts'

const DEFAULT_PAGE_SIZE = 10
const MAX_PAGE_SIZE = 100
const MAX_INT = 2 ** 31 - 1

export const readOperations: readonly Operation[] = [
  { name: 'listClouds', method: 'GET', path: '/v2/clouds', handle: ({ world }) => cloudsOf(world.mode) },
  { name: 'listRegions', method: 'GET', path: '/v2/regions', handle: listRegions },
  {
    name: 'listClusters',
    method: 'GET',
    path: '/v2/clusters',
    heeds: ['shiftPages'],
    handle: listClusters,
  },
  {
    name: 'describeCluster',
    method: 'GET',
    path: '/v2/clusters/:id',
    heeds: ['state', 'notFoundOnce'],
    handle: describeCluster,
  },
]

function listRegions({ world, query }: Call): object {
  const cloudId = query.get('cloudId')
  if (cloudId !== null && !cloudsOf(world.mode).some((cloud) => cloud.cloudId === cloudId)) {
    throw new ZillizFailure(96000)
  }
  const regions = regionsOf(world.mode).filter((region) => cloudId === null || region.cloudId === cloudId)
  if (world.mode.year !== '2025') return regions
  return regions.map(({ cloudId, regionId, domain }) => ({ cloudId, regionId, domain }))
}

function describeCluster({ world, id, faults }: Call): object {
  const cluster = world.findCluster(id)
  const visible = cluster && (!isGone(cluster) || world.mode.afterDrop === 'deletedRow')
  if (!visible) throw notFound(world.mode)
  if (world.now() < cluster.createTime + world.mode.describeLagMs) throw new ZillizFailure(40021)
  const status = findFault(faults, 'state')?.state ?? statusOf(cluster)
  return describeRow(cluster, world.mode, world.now(), status)
}

/** Whether the call asks for a page after the first, the only ones that can be seen to shift. */
export function isLaterPage(query: URLSearchParams): boolean {
  return Number(query.get('currentPage') ?? 1) > 1
}

function listClusters(call: Call): object {
  const { world, query } = call
  const pageSize = readInteger(query, 'pageSize', DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, 96008)
  const currentPage = readInteger(query, 'currentPage', 1, MAX_INT, 96009)
  const region = query.get('region')
  const listed = world.mode.afterDrop === 'deletedRow' ? world.clusters() : world.livingClusters()
  const matching = listed.filter((cluster) => !region || cluster.regionId === region)
  const shift = shiftOf(call)
  const start = (currentPage - 1) * pageSize + shift
  const page = matching.slice(start, start + pageSize)
  return {
    count: matching.length - shift,
    currentPage,
    pageSize,
    clusters: page.map((cluster) => listRow(cluster, world.mode, listedStatus(call, cluster))),
  }
}

// As if, since the first page was read, one cluster before this page had vanished (+1) or one more had been made (-1).
function shiftOf({ faults }: Call): number {
  const fault = findFault(faults, 'shiftPages')
  if (!fault) return 0
  return fault.change === 'insertion' ? -1 : 1
}

function listedStatus({ world }: Call, cluster: ClusterRecord): string {
  const names = [cluster.clusterName, cluster.clusterId]
  const taken = world.settings.faults.take('listClusters', names, (fault) => fault.kind === 'state')
  return findFault(taken, 'state')?.state ?? statusOf(cluster)
}

function readInteger(
  query: URLSearchParams,
  name: string,
  otherwise: number,
  max: number,
  code: number,
): number {
  const text = query.get(name)
  if (text === null || text === '') return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > max) throw new ZillizFailure(code)
  return value
}
