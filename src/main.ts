#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from './config.ts'
import { type Gateway, StartRefusal, startGateway } from './gateway.ts'
import { renderOpenApiYaml } from './http/openapi/render-yaml.ts'
import { adapters } from './providers/adapters.ts'
import { type SandboxCommand, sandboxOptions, startSandbox } from './sandbox-command.ts'
import { startSandboxRun } from './sandbox-run.ts'
import { StoreRefusal } from './store/open.ts'
import { version } from './version.ts'

const usage = `clustergate ${version}: one HTTP gateway in front of every provider of clusters

  clustergate start                        try it: the gateway on SQLite, every provider emulated
  clustergate serve                        production: needs CLUSTERGATE_MASTER_KEY
  clustergate sandbox zilliz --port N      one emulated provider alone
  clustergate sandbox fireworks --port N
  clustergate openapi                      the API's description, as YAML
  clustergate version

Settings are environment variables; the README has them in one table.`

/** What each command does, and whether it goes on until it is told to stop. */
async function run(command: string | undefined, rest: string[]): Promise<{ stop(): Promise<void> } | null> {
  // A setting that is given as an option must not seem to have been taken.
  if (command !== 'sandbox' && rest.length > 0) {
    throw new StartRefusal(`${command} takes no options, and ${rest[0]} is one too many.\n\n${usage}`)
  }
  switch (command) {
    case 'start':
      return startSandboxRun(process.env)
    case 'serve':
      return serve()
    case 'sandbox':
      return startSandbox(readSandboxCommand(rest))
    case 'openapi':
      process.stdout.write(renderOpenApiYaml(adapters, version))
      return null
    case 'version':
    case '--version':
      console.log(version)
      return null
    case 'help':
    case '--help':
    case '-h':
    case undefined:
      console.log(usage)
      return null
    default:
      throw new StartRefusal(`There is no command ${command}.\n\n${usage}`)
  }
}

async function serve(): Promise<Gateway> {
  const { config, secrets } = readConfig(process.env, { requireMasterKey: true })
  const { masterKey } = secrets
  if (masterKey === null) throw new Error('readConfig let a missing master key pass')
  const gateway = await startGateway(config, { ...secrets, masterKey })
  gateway.becomeReady()
  return gateway
}

function readSandboxCommand(args: string[]): SandboxCommand {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: sandboxOptions })
    return { provider: positionals.join(' '), ...values }
  } catch (error) {
    throw new StartRefusal(error instanceof Error ? error.message : String(error))
  }
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2)
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
  const running = await run(command, rest)
  if (running === null) return
  await stopped
  await running.stop()
}

try {
  await main()
} catch (error) {
  const expected = [ConfigError, StartRefusal, StoreRefusal].some((kind) => error instanceof kind)
  console.error(expected && error instanceof Error ? error.message : error)
  process.exitCode = 1
}
