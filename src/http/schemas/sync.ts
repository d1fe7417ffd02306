import { z } from '@hono/zod-openapi'
import { nullableTime } from './ids.ts'

export const exampleSync = {
  connection: 'zilliz-prod',
  status: 'SUCCEEDED',
  completeTime: '2026-03-01T09:30:00.000Z',
}

export const syncSchema = z
  .object({
    connection: z.string(),
    status: z
      .enum(['SUCCEEDED', 'FAILED'])
      .nullable()
      .openapi({ description: 'How the last sync ended; null before the first.' }),
    completeTime: nullableTime.openapi({ description: 'When the connection was last listed to its end.' }),
  })
  .openapi('InventorySync', { description: 'How fresh the inventory of a connection is.' })
