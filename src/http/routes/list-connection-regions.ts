import { z } from '@hono/zod-openapi'
import { toRfc3339 } from '../../cluster/clock.ts'
import { readDirectory } from '../directory.ts'
import { operation } from '../operation.ts'
import { json } from '../reply.ts'
import { idParameter, time } from '../schemas/ids.ts'

const regions = z
  .object({
    regions: z.array(
      z.object({
        regionId: z.string(),
        cloudId: z.string().optional(),
        supportedPlans: z.array(z.string()).optional(),
      }),
    ),
    observedTime: time,
  })
  .openapi('RegionList')

export const listConnectionRegions = operation({
  operationId: 'listConnectionRegions',
  method: 'get',
  path: '/connections/{id}/regions',
  tags: ['Connections'],
  summary: 'List the regions that an account can use',
  description: 'As the provider last told, at `observedTime`; `POST /connections/{id}/verify` reads it anew.',
  permission: 'connection.read',
  audit: 'connection.read',
  params: idParameter('con', 'connection'),
  headers: ['prefer'],
  responses: {
    200: {
      description: 'The regions.',
      schema: regions,
      example: {
        regions: [{ regionId: 'gcp-us-west1', cloudId: 'gcp' }],
        observedTime: '2026-03-01T09:30:00.000Z',
      },
    },
  },
  problems: ['unsupported-by-provider', 'not-yet-observed'],
  handler: async (call) => {
    const { entries, observedTime } = await readDirectory(call, 'regions')
    return json(200, { regions: entries, observedTime: toRfc3339(observedTime) })
  },
})
