import { answerCalls } from './rpc.ts'
import { startZilliz } from './zilliz.ts'

let listCalls = 0

/** Starts an emulated account that holds so many clusters. Answers its address. */
async function start(clusters: number): Promise<string> {
  const { url, sandbox } = await startZilliz((request) => {
    if (request.method === 'GET' && new URL(request.url).pathname === '/v2/clusters') listCalls++
  })
  for (let index = 0; index < clusters; index++) sandbox.addCluster({ clusterName: `steady-${index}` })
  return url
}

/** How often the list of clusters was asked for since this was last asked. */
function takeListCalls(): number {
  const count = listCalls
  listCalls = 0
  return count
}

const calls = { start, takeListCalls }
export type ZillizCalls = typeof calls
answerCalls(calls)
