import { parseArgs } from 'node:util'
import { z } from 'zod'
import { StartRefusal } from '../cluster/start-refusal.ts'
import { SpeedClock } from '../sandbox/clock.ts'
import { faultRuleSchema } from '../sandbox/faults.ts'
import { createFireworksSandbox } from '../sandbox/fireworks/sandbox.ts'
import { type Emulator, type EmulatorServer, serveEmulator } from '../sandbox/server.ts'
import { createZillizSandbox } from '../sandbox/zilliz/sandbox.ts'
import type { Command, Running } from './command.ts'

/** The options of `clustergate sandbox`, as `parseArgs` takes them. */
const options = {
  port: { type: 'string' },
  host: { type: 'string' },
  'api-key': { type: 'string' },
  account: { type: 'string' },
  speed: { type: 'string' },
  'provisioning-ms': { type: 'string' },
  'state-file': { type: 'string' },
  fault: { type: 'string', multiple: true },
} as const

interface SandboxArguments {
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

/** `clustergate sandbox`: one emulated provider on a port of its own. Prints how to reach it. */
export const command: Command = {
  run: (args) => startSandbox(readArguments(args)),
}

function readArguments(args: string[]): SandboxArguments {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
    return { provider: positionals.join(' '), ...values }
  } catch (error) {
    throw new StartRefusal(error instanceof Error ? error.message : String(error))
  }
}

async function startSandbox(given: SandboxArguments): Promise<Running> {
  const parsed = commandSchema.safeParse(given)
  if (!parsed.success) throw new StartRefusal(parsed.error.issues.map((issue) => issue.message).join('\n'))
  const { provider, port, host, fault } = parsed.data
  const sandbox = createSandbox(parsed.data)
  for (const rule of fault) sandbox.faults.add(rule)
  const server = await listen(sandbox, port, host)
  console.log(
    `${provider} sandbox on ${server.url}, API key ${sandbox.apiKey}, controls at ${server.url}/_sandbox`,
  )
  return { stop: () => server.close() }
}

function createSandbox(command: z.output<typeof commandSchema>) {
  const { provider, speed, account, 'state-file': stateFile } = command
  const options = {
    clock: new SpeedClock({ speed }),
    ...(command['api-key'] !== undefined && { apiKey: command['api-key'] }),
    ...(command['provisioning-ms'] !== undefined && { provisioningMs: command['provisioning-ms'] }),
    ...(stateFile !== undefined && { stateFile }),
  }
  try {
    return provider === 'zilliz'
      ? createZillizSandbox(options)
      : createFireworksSandbox({ ...options, ...(account !== undefined && { accountId: account }) })
  } catch (error) {
    if (stateFile === undefined) throw error
    throw new StartRefusal(
      `--state-file ${stateFile} cannot be read. Move it away to begin with no clusters.`,
    )
  }
}

async function listen(sandbox: Emulator, port: number, host: string): Promise<EmulatorServer> {
  try {
    return await serveEmulator(sandbox, { port, host })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new StartRefusal(`Cannot listen on ${host}:${port} (${code}). Choose another --port or --host.`)
  }
}
