import { renderOpenApiYaml } from '../http/openapi/render-yaml.ts'
import { adapters } from '../providers/adapters.ts'
import { version } from '../version.ts'
import { type Command, refuseArguments } from './command.ts'

/** `clustergate openapi`: the API's description. */
export const command: Command = {
  async run(args) {
    refuseArguments('openapi', args)
    process.stdout.write(renderOpenApiYaml(adapters, version))
    return null
  },
}
