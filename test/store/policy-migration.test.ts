import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { amountsOf } from '../../src/cluster/policy.ts'
import { shapeOf } from '../../src/providers/zilliz/shape.ts'

const folder = join(import.meta.dirname, '../../migrations/sqlite')
const projectId = 'proj-1'
const dedicated = { plan: 'DEDICATED', projectId, cuType: 'Performance-optimized' }

const specs: JsonObject[] = [
  { plan: 'SERVERLESS', projectId },
  { ...dedicated, cuSize: 8 },
  { ...dedicated, cuSize: 8, replica: 3 },
  { ...dedicated },
  { ...dedicated, cuSize: 2, autoscaling: { cu: { min: 1, max: 16 } } },
  {
    ...dedicated,
    autoscaling: {
      cu: {
        schedules: [
          { cron: '*', target: 4 },
          { cron: '*', target: 32 },
        ],
      },
    },
  },
  { ...dedicated, cuSize: 8, autoscaling: { replica: { min: 1, max: 4 } } },
  { eks: { awsAccountId: '123456789012' } },
]

let db: Database.Database
afterEach(() => db.close())

function run(file: string): void {
  for (const statement of readFileSync(join(folder, file), 'utf8').split('--> statement-breakpoint')) {
    db.exec(statement)
  }
}

function insert(row: Record<string, unknown>): void {
  const whole: Record<string, unknown> = {
    name: String(row.id),
    display_name: '',
    provider: 'zilliz',
    connection_id: 'con',
    connection: 'c',
    scope: '',
    labels: '{}',
    state: 'READY',
    provider_details: '{}',
    external_id: String(row.id),
    credential_state: 'NONE',
    management: 'MANAGED',
    deletion_protection: 0,
    created_by: '{}',
    create_time: 1,
    update_time: 1,
    operation_kind: 'create',
    operation_status: 'SUCCEEDED',
    operation_attempts: 0,
    absent_syncs: 0,
    work: '{}',
    version: 1,
    document: '{"id":"x"}',
    ...row,
  }
  const columns = Object.keys(whole)
  const marks = columns.map(() => '?').join(', ')
  db.prepare(`INSERT INTO clusters (${columns.join(', ')}) VALUES (${marks})`).run(...Object.values(whole))
}

function usage(): (team: string) => Record<string, number> {
  const rows = db.prepare('SELECT team, resource, amount FROM team_usage').all() as {
    team: string
    resource: string
    amount: number
  }[]
  return (team) =>
    Object.fromEntries(rows.filter((row) => row.team === team).map((row) => [row.resource, row.amount]))
}

test('what teams hold when policies come is counted as it is from then on', () => {
  db = new Database(':memory:')
  db.pragma('foreign_keys = OFF')
  run('0001_initial.sql')
  for (const [i, spec] of specs.entries()) insert({ id: `c${i}`, team: `t${i}`, spec: JSON.stringify(spec) })
  const spec = JSON.stringify(specs[1])
  const failed = { operation_status: 'FAILED', external_id: null, state: 'FAILED' }
  insert({ id: 'deleted', team: 'none', spec, state: 'DELETED' })
  insert({ id: 'unmanaged', team: 'none', spec, management: 'UNMANAGED', operation_kind: null })
  insert({ id: 'never', team: 'none', spec, ...failed })
  insert({ id: 'perhaps', team: 'some', spec, ...failed, work: '{"requestId":"r","createUnknown":true}' })
  insert({ id: 'discovered', team: 'some', spec, operation_kind: null, operation_status: null })
  run('0005_policy.sql')
  const kept = usage()
  for (const [i, spec] of specs.entries()) {
    expect(kept(`t${i}`), JSON.stringify(spec)).toEqual(amountsOf(shapeOf(spec)))
  }
  expect([kept('none'), kept('some')]).toEqual([{}, { clusters: 2, cu: 16 }])
  const documents = db.prepare('SELECT DISTINCT document FROM clusters').pluck().all()
  expect(documents).toEqual(['{"id":"x","approval":null}'])
})

test('what teams hold is counted again, with the larger size of what is being changed', () => {
  db = new Database(':memory:')
  db.pragma('foreign_keys = OFF')
  run('0001_initial.sql')
  run('0005_policy.sql')
  db.exec(`INSERT INTO team_usage VALUES ('t', 'cu', -8), ('t', 'clusters', 1), ('gone', 'clusters', 7)`)
  const work = (before: JsonObject) => JSON.stringify({ requestId: 'r', before })
  const resized = { ...dedicated, cuSize: 16, replica: 2 }
  const open = { operation_kind: 'update', operation_status: 'RUNNING' }
  const changes: [string, JsonObject, Record<string, unknown>][] = [
    ['shrinks', { ...dedicated, cuSize: 4 }, { ...open, work: work({ spec: resized }) }],
    ['grows', { ...dedicated, cuSize: 64 }, { ...open, work: work({ spec: resized }) }],
    ['renamed', { ...dedicated, cuSize: 4 }, { ...open, work: work({ name: 'x' }) }],
    [
      'failed',
      { ...dedicated, cuSize: 4 },
      { ...open, operation_status: 'FAILED', work: work({ spec: resized }) },
    ],
    ['none', { ...dedicated, cuSize: 4 }, { operation_kind: null, operation_status: null }],
    ['unmanaged', { ...dedicated, cuSize: 4 }, { management: 'UNMANAGED' }],
    ['elsewhere', { eks: { awsAccountId: '123456789012' } }, {}],
  ]
  for (const [id, spec, row] of changes) insert({ id, team: 't', spec: JSON.stringify(spec), ...row })
  for (const [i, spec] of specs.entries()) insert({ id: `c${i}`, team: `t${i}`, spec: JSON.stringify(spec) })
  run('0009_policy.sql')
  const kept = usage()
  expect([kept('t'), kept('gone')]).toEqual([{ clusters: 6, cu: 32 + 64 + 4 + 4 + 4 }, {}])
  for (const [i, spec] of specs.entries()) {
    expect(kept(`t${i}`), JSON.stringify(spec)).toEqual(amountsOf(shapeOf(spec)))
  }
})
