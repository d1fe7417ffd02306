import { z } from 'zod'
import { StartRefusal } from './gateway.ts'
import { SpeedClock } from './sandbox/clock.ts'
import { faultRuleSchema } from './sandbox/faults.ts'
import { createFireworksSandbox } from './sandbox/fireworks/sandbox.ts'
import { serveEmulator } from './sandbox/server.ts'
import { createZillizSandbox } from './sandbox/zilliz/sandbox.ts'

/** The options of `clustergate sandbox`, as `parseArgs` takes them. */
export const sandboxOptions = {
  port: { type: 'string' },
  host: { type: 'string' },
  'api-key': { type: 'string' },
  account: { type: 'string' },
  speed: { type: 'string' },
  'provisioning-ms': { type: 'string' },
  'state-file': { type: 'string' },
  fault: { type: 'string', multiple: true },
} as const

export interface SandboxCommand {
  provider: string
  port?: string | undefined
  host?: string | undefined
  'api-key'?: string | undefined
  account?: string | undefined
  speed?: string | undefined
  'provisioning-ms'?: string | undefined
  'state-file'?: string | undefined
  /** Fault rules in JSON, as `POST /_sandbox/faults` takes them. */
  fault?: string[] | undefined
}

const number = (what: string) =>
  z.coerce.number(`${what} must be a number`).nonnegative(`${what} must not be negative`)

const commandSchema = z.object({
  provider: z.enum(['zilliz', 'fireworks'], 'Say which provider: zilliz or fireworks.'),
  port: number('--port').int('--port must be whole').max(65535, '--port goes up to 65535').default(0),
  host: z.string().default('127.0.0.1'),
  'api-key': z.string().optional(),
  account: z.string().optional(),
  speed: number('--speed').default(1),
  'provisioning-ms': number('--provisioning-ms').optional(),
  'state-file': z.string().optional(),
  fault: z.array(z.string().transform(parseFault)).default([]),
})

function parseFault(text: string, context: z.RefinementCtx) {
  try {
    return faultRuleSchema.parse(JSON.parse(text))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON'
    context.addIssue({ code: 'custom', message: `--fault ${text}: ${why}` })
    return z.NEVER
  }
}

/** Starts one emulated provider on a port of its own and prints how to reach it. @throws StartRefusal */
export async function startSandbox(command: SandboxCommand): Promise<{ stop(): Promise<void> }> {
  const parsed = commandSchema.safeParse(command)
  if (!parsed.success) throw new StartRefusal(parsed.error.issues.map((issue) => issue.message).join('\n'))
  const { provider, port, host, speed, fault, account } = parsed.data
  const options = {
    clock: new SpeedClock({ speed }),
    ...(parsed.data['api-key'] !== undefined && { apiKey: parsed.data['api-key'] }),
    ...(parsed.data['provisioning-ms'] !== undefined && { provisioningMs: parsed.data['provisioning-ms'] }),
    ...(parsed.data['state-file'] !== undefined && { stateFile: parsed.data['state-file'] }),
  }
  const sandbox =
    provider === 'zilliz'
      ? createZillizSandbox(options)
      : createFireworksSandbox({ ...options, ...(account !== undefined && { accountId: account }) })
  for (const rule of fault) sandbox.faults.add(rule)
  const server = await serveEmulator(sandbox, { port, host })
  console.log(
    `${provider} sandbox on ${server.url}, API key ${sandbox.apiKey}, controls at ${server.url}/_sandbox`,
  )
  return { stop: () => server.close() }
}
