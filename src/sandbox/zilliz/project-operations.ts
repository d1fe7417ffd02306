import { createProjectBody, parseBody, projectPlanBody } from './bodies.ts'
import type { Call, Operation } from './call.ts'
import { ZillizFailure } from './failure.ts'
import { regionsOf } from './places.ts'
import { PROJECT_PLANS, type ProjectRecord } from './records.ts'
import { projectRow } from './rows.ts'
import { DEFAULT_PROJECT_NAME, type ZillizWorld } from './world.ts'

export const projectOperations: readonly Operation[] = [
  { name: 'listProjects', method: 'GET', path: '/v2/projects', handle: listProjects },
  { name: 'createProject', method: 'POST', path: '/v2/projects', handle: createProject },
  { name: 'describeProject', method: 'GET', path: '/v2/projects/:id', handle: describeProject },
  { name: 'upgradeProjectPlan', method: 'PATCH', path: '/v2/projects/:id/plan', handle: upgradePlan },
  { name: 'deleteProject', method: 'DELETE', path: '/v2/projects/:id', handle: deleteProject },
]

function listProjects({ world }: Call): object {
  return world.projects().map((project) => row(world, project))
}

function describeProject({ world, id }: Call): object {
  return row(world, world.requireProject(id))
}

/** Answers the bare id, as the service does, where its documentation has an object. */
function createProject({ world, body }: Call): string {
  const { plan, regionIds, projectName, description } = parseBody(createProjectBody, body)
  const known = regionsOf(world.mode).map((region) => region.regionId)
  if (!regionIds.every((regionId) => known.includes(regionId))) throw new ZillizFailure(96001)
  if (world.mode.site === 'china' && plan !== 'Enterprise') throw new ZillizFailure(96004)
  if (regionIds.length > 1 && plan !== 'BusinessCritical') {
    throw refusal(world, 'Several regions need the plan BusinessCritical.')
  }
  if (world.projects().length >= world.settings.quotas.projects) {
    throw refusal(world, 'The number of projects has reached its limit.')
  }
  const projectId = world.newId('proj-', 22)
  world.addProject({ projectId, projectName, plan, regionIds, description, createTime: world.now() })
  return projectId
}

function upgradePlan({ world, id, body }: Call): string {
  const { plan } = parseBody(projectPlanBody, body)
  const project = world.requireProject(id)
  if (PROJECT_PLANS.indexOf(plan) <= PROJECT_PLANS.indexOf(project.plan)) throw new ZillizFailure(63104)
  project.plan = plan
  return 'Project plan updated successfully'
}

function deleteProject({ world, id }: Call): object {
  const project = world.requireProject(id)
  if (project.projectName === DEFAULT_PROJECT_NAME) {
    throw refusal(world, 'The default project cannot be deleted.')
  }
  if (instanceCount(world, project) > 0) throw refusal(world, 'The project still has clusters.')
  world.removeProject(id)
  return { projectId: id }
}

function row(world: ZillizWorld, project: ProjectRecord): object {
  return projectRow(project, world.mode, instanceCount(world, project))
}

function instanceCount(world: ZillizWorld, { projectId }: ProjectRecord): number {
  return world.livingClusters().filter((cluster) => cluster.projectId === projectId).length
}

function refusal(world: ZillizWorld, message: string): ZillizFailure {
  return new ZillizFailure(world.mode.projectRefusalCode, { message })
}
