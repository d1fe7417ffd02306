import { answerCalls } from './rpc.ts'
import { startZilliz } from './zilliz.ts'

/** Calls that were answered. */
export interface Heard {
  lists: number
  creates: number
  /** Those refused for their number. */
  limited: number
}

let heard: Heard = { lists: 0, creates: 0, limited: 0 }

/** Starts an emulated account that holds so many clusters. Answers its address. */
async function start(clusters: number, limited = false): Promise<string> {
  const { url, sandbox } = await startZilliz({ limited, hear: count })
  for (let index = 0; index < clusters; index++) sandbox.addCluster({ clusterName: `steady-${index}` })
  return url
}

function count(request: Request, status: number): void {
  const { pathname } = new URL(request.url)
  if (status === 429) heard.limited++
  else if (request.method === 'GET' && pathname === '/v2/clusters') heard.lists++
  else if (pathname.startsWith('/v2/clusters/create')) heard.creates++
}

/** What was answered since this was last asked. */
function takeHeard(): Heard {
  const taken = heard
  heard = { lists: 0, creates: 0, limited: 0 }
  return taken
}

const calls = { start, takeHeard }
export type ZillizCalls = typeof calls
answerCalls(calls)
