import { z } from '@hono/zod-openapi'
import { toRfc3339 } from '../../cluster/clock.ts'
import type { KeysReport } from '../../keys/keys-administration.ts'
import { keyRoles } from '../../keys/keys-report.ts'
import { remedies } from '../../keys/lost-secrets.ts'
import { exampleIds, nullableTime } from './ids.ts'

export const kidPattern = /^[0-9a-f]{16}$/
export const exampleKid = '5f0c7a3d9be21468'

export const kidParameter = {
  kid: { description: 'The id of the master key.', example: exampleKid, pattern: kidPattern.source },
}

export const exampleMasterKeys = {
  keys: [
    {
      kid: '9b1e44d07c52fa36',
      role: 'CURRENT',
      held: true,
      activateTime: '2026-03-01T09:30:00.000Z',
      retireTime: null,
      values: { 'connections.sealed_api_key': 4, 'credentials.sealed': 1200, 'meta.value': 1 },
      retirable: false,
    },
    {
      kid: exampleKid,
      role: 'PREVIOUS',
      held: true,
      activateTime: '2025-03-01T09:30:00.000Z',
      retireTime: null,
      values: { 'credentials.sealed': 300 },
      retirable: false,
    },
  ],
  rewrap: {
    status: 'RUNNING',
    startTime: '2026-03-01T09:30:00.000Z',
    endTime: null,
    rewrapped: 1205,
    failed: 0,
    remaining: 300,
  },
  readOnly: false,
  lost: null,
}

const named = z.object({ id: z.string().openapi({ example: exampleIds.con }), name: z.string() })

export const masterKeysSchema = z
  .object({
    keys: z.array(
      z
        .object({
          kid: z.string().regex(kidPattern).openapi({ example: exampleKid }),
          role: z.enum(keyRoles),
          held: z.boolean().openapi({ description: 'This process has it.' }),
          activateTime: nullableTime.openapi({ description: 'When it last became the current one.' }),
          retireTime: nullableTime,
          values: z
            .record(z.string(), z.int())
            .openapi({ description: 'How many sealed values need it, by table and column.' }),
          retirable: z.boolean().openapi({ description: 'Nothing needs it any more.' }),
        })
        .openapi('MasterKey'),
    ),
    rewrap: z
      .object({
        status: z.enum(['IDLE', 'RUNNING']),
        startTime: nullableTime,
        endTime: nullableTime,
        rewrapped: z.int().openapi({ description: 'By the rewrap that runs, or by the last one.' }),
        failed: z.int().openapi({ description: 'Values that do not open. The log names each.' }),
        remaining: z.int().openapi({ description: 'Values that are not under the current key yet.' }),
      })
      .openapi('MasterKeyRewrap'),
    readOnly: z.boolean().openapi({ description: 'Started without a lost key, to be read alone.' }),
    lost: z
      .object({
        kids: z.array(z.string().regex(kidPattern)),
        connections: z.array(named).openapi({ description: 'Whose API keys do not open.' }),
        clusters: z.array(named).openapi({ description: 'Whose credentials do not open.' }),
        remedies: z.array(z.string()),
      })
      .nullable()
      .openapi({ description: 'What no given key opens; null where nothing is lost.' }),
  })
  .openapi('MasterKeys', { example: exampleMasterKeys })

export function renderMasterKeys({ keys, rewrap, readOnly, lost }: KeysReport) {
  return {
    keys: keys.map((key) => ({
      ...key,
      activateTime: toRfc3339(key.activateTime),
      retireTime: toRfc3339(key.retireTime),
    })),
    rewrap: { ...rewrap, startTime: toRfc3339(rewrap.startTime), endTime: toRfc3339(rewrap.endTime) },
    readOnly,
    lost: lost && {
      kids: lost.kids,
      connections: lost.connections.map(nameOf),
      clusters: lost.clusters.map(nameOf),
      remedies: [...remedies],
    },
  }
}

function nameOf({ id, displayName }: { id: string; displayName: string }) {
  return { id, name: displayName }
}
