import { newId } from '../../cluster/id.ts'
import { makeApiKeyText } from '../../http/api-key-text.ts'
import { type Command, refuseArguments } from '../command.ts'

/** `clustergate keys make`: prints the text of an API key that nobody has yet, to be given as CLUSTERGATE_ADMIN_KEY. */
export const command: Command = {
  async run(args) {
    refuseArguments('keys make', args)
    console.log(makeApiKeyText(newId('key')))
    return null
  },
}
