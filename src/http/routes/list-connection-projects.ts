import { z } from '@hono/zod-openapi'
import { toRfc3339 } from '../../cluster/clock.ts'
import { readDirectory } from '../directory.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { idParameter, time } from '../schemas/ids.ts'

const projects = z
  .object({
    projects: z.array(
      z.object({
        projectId: z.string(),
        projectName: z.string(),
        plan: z.string().optional(),
        clusterCount: z.int().min(0).optional(),
      }),
    ),
    observedTime: time,
  })
  .openapi('ProjectList')

export const listConnectionProjects = operation({
  operationId: 'listConnectionProjects',
  method: 'get',
  path: '/connections/{id}/projects',
  tags: ['Connections'],
  summary: 'List the projects of an account',
  description: 'As the provider last told, at `observedTime`; `POST /connections/{id}/verify` reads it anew.',
  permission: 'connection.read',
  audit: 'connection.read',
  params: idParameter('con', 'connection'),
  headers: ['prefer'],
  responses: {
    200: {
      description: 'The projects.',
      schema: projects,
      example: {
        projects: [{ projectId: 'proj-0123456789abcdef012345', projectName: 'Default', plan: 'Enterprise' }],
        observedTime: '2026-03-01T09:30:00.000Z',
      },
    },
  },
  problems: ['unsupported-by-provider', 'not-yet-observed'],
  handler: async (call) => {
    const { entries, observedTime } = await readDirectory(call, 'projects')
    return json(200, { projects: entries, observedTime: toRfc3339(observedTime) })
  },
})
