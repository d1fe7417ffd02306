import { z } from '@hono/zod-openapi'
import { findClusterDocument } from '../../store/read-clusters.ts'
import type { AppDeps } from '../app-deps.ts'
import { publicOperation } from '../operation.ts'
import { json } from '../reply.ts'

const readiness = z
  .object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.string()).openapi({ description: '`ok`, or what is wrong.' }),
  })
  .openapi('Readiness')

export const getReadiness = publicOperation({
  operationId: 'getReadiness',
  method: 'get',
  path: '/readyz',
  tags: ['Operations'],
  summary: 'Tell whether requests should come here',
  description: 'Reads from the store and asks the rest of the process.',
  permission: 'public',
  audit: { notAudited: 'tells nothing about anybody' },
  quiet: true,
  responses: {
    200: {
      description: 'It is ready.',
      schema: readiness,
      example: { ready: true, checks: { store: 'ok', reconciler: 'ok' } },
    },
    503: {
      description: 'It is not.',
      schema: readiness,
      example: { ready: false, checks: { store: 'ok', gateway: 'stopping' } },
    },
  },
  handler: async ({ deps }) => {
    const store = await checkStore(deps)
    const others = deps.readiness()
    const ready = others.ready && store === 'ok' && !deps.stopping.aborted
    const gateway = deps.stopping.aborted ? { gateway: 'stopping' } : {}
    return json(ready ? 200 : 503, { ready, checks: { store, ...gateway, ...others.checks } })
  },
})

/** Any prepared read will do; what it finds does not matter. */
async function checkStore({ store, log }: AppDeps): Promise<string> {
  try {
    await findClusterDocument(store, '')
    return 'ok'
  } catch (error) {
    log.error({ err: error }, 'the store cannot be read')
    return 'cannot be read'
  }
}
