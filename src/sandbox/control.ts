import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type SandboxClock, SpeedClock } from './clock.ts'
import { type FaultBook, faultRuleSchema } from './faults.ts'
import type { RequestLog } from './request-log.ts'

/** What a sandbox lets its operator see and do without the provider's API. Nothing here ever shows a password. */
export interface SandboxBackdoor {
  /** The provider's name, for the help text. */
  provider: string
  /** Names that a fault rule may give as its `operation`. */
  operations: readonly string[]
  faults: FaultBook
  clock: SandboxClock
  requests: RequestLog
  /** Every cluster that exists or existed. */
  clusters(): readonly object[]
  /** @throws z.ZodError when `input` is not what this provider's clusters look like */
  addCluster(input: unknown): object
  /** Null when there is no such cluster. @throws z.ZodError */
  changeCluster(id: string, input: unknown): object | null
  /** Whether there was such a cluster. */
  removeCluster(id: string): boolean
  /** Back to the state of a new sandbox: no clusters, no faults, no requests. */
  reset(): void
}

const clockPatchSchema = z.strictObject({
  speed: z.number().min(0).max(1_000_000).optional(),
  advanceMs: z.number().min(0).optional(),
})

/** The routes under `/_sandbox`, the same for every emulated provider. They take no key: keep them on loopback. */
export function controlRoutes(backdoor: SandboxBackdoor): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (error instanceof z.ZodError)
      return c.json({ error: z.prettifyError(error), issues: error.issues }, 400)
    if (error instanceof SyntaxError) return c.json({ error: 'The body is not JSON.' }, 400)
    throw error
  })
  app.get('/', (c) => c.json(help(backdoor)))
  app.post('/reset', (c) => {
    backdoor.reset()
    return c.body(null, 204)
  })
  app.get('/requests', (c) => c.json({ requests: backdoor.requests.list() }))
  app.delete('/requests', (c) => {
    backdoor.requests.clear()
    return c.body(null, 204)
  })
  mountFaults(app, backdoor.faults)
  mountClock(app, backdoor.clock)
  mountClusters(app, backdoor)
  app.all('*', (c) => absent(c, 'call; GET /_sandbox lists them all'))
  return app
}

function mountFaults(app: Hono, faults: FaultBook): void {
  app.get('/faults', (c) => c.json({ faults: faults.list() }))
  app.post('/faults', async (c) => c.json(faults.add(faultRuleSchema.parse(await c.req.json())), 201))
  app.delete('/faults', (c) => {
    faults.clear()
    return c.body(null, 204)
  })
  app.delete('/faults/:id', (c) =>
    faults.remove(c.req.param('id')) ? c.body(null, 204) : absent(c, 'fault'),
  )
}

function mountClock(app: Hono, clock: SandboxClock): void {
  const show = () => ({
    now: new Date(clock.now()).toISOString(),
    speed: clock instanceof SpeedClock ? clock.speed : null,
  })
  app.get('/clock', (c) => c.json(show()))
  app.patch('/clock', async (c) => {
    const { speed, advanceMs } = clockPatchSchema.parse(await c.req.json())
    if (!(clock instanceof SpeedClock))
      return c.json({ error: 'This sandbox runs on a clock of its own.' }, 409)
    if (speed !== undefined) clock.setSpeed(speed)
    if (advanceMs !== undefined) clock.advance(advanceMs)
    return c.json(show())
  })
}

function mountClusters(app: Hono, backdoor: SandboxBackdoor): void {
  app.get('/clusters', (c) => c.json({ clusters: backdoor.clusters() }))
  app.post('/clusters', async (c) => c.json(backdoor.addCluster(await c.req.json()), 201))
  app.patch('/clusters/:id', async (c) => {
    const changed = backdoor.changeCluster(c.req.param('id'), await c.req.json())
    return changed ? c.json(changed) : absent(c, 'cluster')
  })
  app.delete('/clusters/:id', (c) =>
    backdoor.removeCluster(c.req.param('id')) ? c.body(null, 204) : absent(c, 'cluster'),
  )
}

function absent(c: Context, noun: string): Response {
  return c.json({ error: `There is no such ${noun}.` }, 404)
}

function help(backdoor: SandboxBackdoor): object {
  return {
    provider: backdoor.provider,
    about: 'An emulated provider. These calls look behind its API, move its clock and make it fail.',
    operations: backdoor.operations,
    calls: {
      'GET /_sandbox/clusters': 'every cluster that exists or existed',
      'POST /_sandbox/clusters': 'make one behind the back of whoever uses the API',
      'PATCH /_sandbox/clusters/{id}': 'change one behind their back',
      'DELETE /_sandbox/clusters/{id}': 'remove one behind their back',
      'GET /_sandbox/requests': 'the last 1000 calls to the API',
      'DELETE /_sandbox/requests': 'forget them',
      'GET /_sandbox/clock': 'sandbox time and speed',
      'PATCH /_sandbox/clock': '{ "speed": 60, "advanceMs": 60000 }',
      'GET /_sandbox/faults': 'the faults that wait',
      'POST /_sandbox/faults':
        '{ "operation": "<name or *>", "fault": { "kind": "dropAfter" }, "times": 1, "match": "<part of a name or id>" }; times null means until removed',
      'DELETE /_sandbox/faults': 'remove all of them',
      'DELETE /_sandbox/faults/{id}': 'remove one',
      'POST /_sandbox/reset': 'as new: no clusters, no faults, no requests',
    },
    faults: faultKinds(),
  }
}

function faultKinds(): readonly string[] {
  return faultRuleSchema.shape.fault.options.map((option) => option.shape.kind.value)
}
