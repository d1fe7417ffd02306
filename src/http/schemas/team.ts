import { z } from '@hono/zod-openapi'
import { etag, nullableTime, team } from './ids.ts'

const dayS = 24 * 3600

/** What is sent to set a team up. */
export const teamSettings = z
  .strictObject({
    duplicateGuard: z.discriminatedUnion('enabled', [
      z.strictObject({ enabled: z.literal(false) }),
      z.strictObject({
        enabled: z.literal(true),
        windowSeconds: z.int().min(1).max(dayS).default(600).openapi({
          description: 'How far back a create of the same provider, region and shape counts as a duplicate.',
        }),
      }),
    ]),
  })
  .openapi('TeamSettings')

export const exampleTeam = {
  name: 'search',
  duplicateGuard: { enabled: true, windowSeconds: 600 },
  createTime: '2026-03-01T09:30:00.000Z',
  updateTime: '2026-03-01T09:30:00.000Z',
  etag: '"1"',
}

export const teamSchema = z
  .object({
    name: team,
    duplicateGuard: z.object({ enabled: z.boolean(), windowSeconds: z.number().optional() }),
    createTime: nullableTime,
    updateTime: nullableTime,
    etag,
  })
  .openapi('Team', { example: exampleTeam })
