import { z } from '@hono/zod-openapi'
import { ProviderFailure } from '../../cluster/failure.ts'
import { isJsonObject, type Json } from '../../cluster/json.ts'
import type { Account, Directory, Project, Region } from '../../cluster/provider.ts'
import { ask } from './wire.ts'

/** The cheapest call that needs a key. The service does not tell whose key it is. */
export async function verify(
  account: Account,
): Promise<{ account: string | null; requestId: string | null }> {
  const { requestId } = await ask(account, listProjects)
  return { account: null, requestId }
}

/** Regions and projects to choose from. What the key may not see, or the service does not offer, is null. */
export async function directory(account: Account): Promise<Directory> {
  const [regions, projects] = await Promise.all([
    orNull(readRegions(account)),
    orNull(ask(account, listProjects).then(({ data }) => parseAll(data, 'projects', toProject))),
  ])
  return { regions, projects }
}

const listProjects = { operation: 'listProjects', method: 'GET', path: '/projects' } as const

/** Regions are asked for cloud by cloud. Where the clouds cannot be had, for all at once. */
async function readRegions(account: Account): Promise<Region[]> {
  const clouds = await orNull(ask(account, { operation: 'listClouds', method: 'GET', path: '/clouds' }))
  const ids = parseAll(clouds?.data ?? null, 'clouds', toCloudId)
  const queries = ids.length === 0 ? [''] : ids.map((id) => `?cloudId=${encodeURIComponent(id)}`)
  const answers = queries.map((query) =>
    ask(account, { operation: 'listRegions', method: 'GET', path: `/regions${query}` }),
  )
  const regions = (await Promise.all(answers)).flatMap(({ data }) => parseAll(data, 'regions', toRegion))
  return [...new Map(regions.map((region) => [region.regionId, region])).values()]
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (failure) {
    const kinds = ['forbidden', 'not-found', 'unsupported', 'invalid']
    if (failure instanceof ProviderFailure && kinds.includes(failure.kind)) return null
    throw failure
  }
}

/** The items of an array, or of an object that holds it under a name; those that cannot be read are left out. */
function parseAll<T>(data: Json, name: string, parse: (item: Json) => T | undefined): T[] {
  const items = isJsonObject(data) ? data[name] : data
  return Array.isArray(items) ? items.map(parse).filter((item) => item !== undefined) : []
}

const text = z.string().min(1).optional().catch(undefined)
const cloud = z.object({ cloudId: z.string().min(1) })
const region = z.object({
  regionId: z.string().min(1),
  cloudId: text,
  supportedClusterTypes: z.array(z.string()).optional().catch(undefined),
})
const project = z.object({
  projectId: z.string().min(1),
  projectName: z.string().catch(''),
  plan: text,
  instanceCount: z.coerce.number().int().nonnegative().optional().catch(undefined),
})

function toCloudId(item: Json): string | undefined {
  return cloud.safeParse(item).data?.cloudId
}

function toRegion(item: Json): Region | undefined {
  const { data } = region.safeParse(item)
  return (
    data && {
      regionId: data.regionId,
      ...(data.cloudId === undefined ? {} : { cloudId: data.cloudId }),
      ...(data.supportedClusterTypes === undefined
        ? {}
        : { supportedPlans: data.supportedClusterTypes.map((type) => type.toUpperCase()) }),
    }
  )
}

function toProject(item: Json): Project | undefined {
  const { data } = project.safeParse(item)
  return (
    data && {
      projectId: data.projectId,
      projectName: data.projectName,
      ...(data.plan === undefined ? {} : { plan: data.plan }),
      ...(data.instanceCount === undefined ? {} : { clusterCount: data.instanceCount }),
    }
  )
}
