import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { controlRoutes, type SandboxBackdoor } from '../control.ts'
import { type SuspendState, suspendStateSchema } from './accounts.ts'
import { isObject } from './message.ts'
import { type FireworksMode, modeSchema } from './mode.ts'

export interface FireworksBackdoor extends SandboxBackdoor {
  /** May be changed at any time. */
  mode: FireworksMode
  /** Whether there is such an account. `UNSUSPENDED` lifts it. */
  suspend(accountId: string, state: SuspendState): boolean
}

const CALLS = {
  'GET /_sandbox/mode': 'how the provider behaves where that is undocumented or varies',
  'PATCH /_sandbox/mode': '{ "hiddenFields": true }',
  'PATCH /_sandbox/accounts/{id}': '{ "suspendState": "CREDIT_DEPLETED" }; UNSUSPENDED lifts it',
}

const helpSchema = z.looseObject({ calls: z.record(z.string(), z.string()) })
const accountPatchSchema = z.strictObject({ suspendState: suspendStateSchema })

/** The common routes under `/_sandbox`, and those that only this provider has. */
export function fireworksControls(backdoor: FireworksBackdoor): Hono {
  const app = new Hono()
  const common = controlRoutes(backdoor)
  app.get('/', async (c) => {
    const help = helpSchema.parse(await (await common.request('/')).json())
    return c.json({ ...help, calls: { ...help.calls, ...CALLS } })
  })
  app.get('/mode', (c) => c.json(backdoor.mode))
  app.patch('/mode', async (c) => {
    const change: unknown = await jsonOf(c)
    const result = modeSchema.safeParse(isObject(change) ? { ...backdoor.mode, ...change } : change)
    if (!result.success) return refused(c, result.error)
    return c.json(Object.assign(backdoor.mode, result.data))
  })
  app.patch('/accounts/:id', async (c) => {
    const result = accountPatchSchema.safeParse(await jsonOf(c))
    if (!result.success) return refused(c, result.error)
    const found = backdoor.suspend(c.req.param('id'), result.data.suspendState)
    return found ? c.body(null, 204) : c.json({ error: 'There is no such account.' }, 404)
  })
  app.route('/', common)
  return app
}

function refused(c: Context, error: z.ZodError): Response {
  return c.json({ error: z.prettifyError(error), issues: error.issues }, 400)
}

/** Null when it is not JSON, which no schema accepts. */
function jsonOf(c: Context): Promise<unknown> {
  return c.req.json().catch(() => null)
}
