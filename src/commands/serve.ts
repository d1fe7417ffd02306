import { readConfig } from '../config.ts'
import { startGateway } from '../gateway.ts'
import { type Command, refuseArguments } from './command.ts'

/** `clustergate serve`: production. */
export const command: Command = {
  async run(args) {
    refuseArguments('serve', args)
    const { config, secrets } = readConfig(process.env, { requireMasterKey: true })
    const gateway = await startGateway(config, secrets)
    gateway.becomeReady()
    return gateway
  },
}
