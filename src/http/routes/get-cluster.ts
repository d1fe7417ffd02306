import { z } from '@hono/zod-openapi'
import { etagOf } from '../../cluster/document.ts'
import { findPastCluster } from '../../store/past-clusters.ts'
import type { StoredCluster } from '../../store/read-clusters.ts'
import { asOfParameter, requireKnown } from '../as-of.ts'
import type { Call } from '../call.ts'
import { matchesNone, unlessKnown } from '../etag.ts'
import { operation } from '../operation.ts'
import { jsonText, notModified, type Reply, revalidate } from '../reply.ts'
import { clusterSchema, exampleCluster } from '../schemas/cluster.ts'
import { idParameter } from '../schemas/ids.ts'
import { requireSeen, visibleDocument } from '../visible.ts'
import { preferenceApplied, watch } from '../wait.ts'

export const getCluster = operation({
  operationId: 'getCluster',
  method: 'get',
  path: '/clusters/{id}',
  tags: ['Clusters'],
  summary: 'Get a cluster',
  description:
    'One cluster, as the gateway knows it; `observedTime` tells since when. With `Prefer: wait=N` it answers as soon as the cluster is another than `If-None-Match` says (or than it is now), or when N seconds have passed. `asOf` answers with what it was at an instant, if it was there, and never waits.',
  permission: 'cluster.read',
  audit: 'cluster.read',
  params: idParameter('clu', 'cluster'),
  query: z.strictObject(asOfParameter),
  headers: ['ifNoneMatch', 'prefer'],
  responses: {
    200: {
      description: 'The cluster.',
      schema: clusterSchema,
      example: exampleCluster,
      headers: { ETag: 'Changes with the cluster.' },
    },
    304: { description: 'It still has the ETag of `If-None-Match`.' },
  },
  problems: ['before-history'],
  handler: (call) => {
    if (call.query.asOf !== undefined) return showAsOf(call, call.query.asOf)
    const { waitS } = call
    const cluster = visibleDocument(call, call.params.id ?? '')
    if (waitS === null && !(cluster instanceof Promise)) return show(call, cluster)
    return showLater(call, cluster, waitS)
  },
})

/** Visible is it to those who may see the team that it had then. */
async function showAsOf(call: Call, at: number): Promise<Reply> {
  await requireKnown(call, 'asOf', at)
  const { id = '' } = call.params
  const { document } = requireSeen(call.caller, id, await findPastCluster(call.deps.store, id, at))
  return unlessKnown(call, jsonText(200, document))
}

async function showLater(
  call: Call,
  found: StoredCluster | Promise<StoredCluster>,
  waitS: number | null,
): Promise<Reply> {
  const cluster = await found
  return waitS === null ? show(call, cluster) : waitForNews(call, cluster, waitS)
}

function show(call: Call, cluster: StoredCluster): Reply {
  const etag = etagOf(cluster.version)
  if (matchesNone(call.header('if-none-match'), etag)) return notModified(etag)
  return jsonText(200, cluster.document, { etag, 'cache-control': revalidate })
}

async function waitForNews(call: Call, seen: StoredCluster, waitS: number): Promise<Reply> {
  const known = call.header('if-none-match') ?? etagOf(seen.version)
  let last = seen
  await watch(call.deps.store, {
    event: 'cluster',
    id: call.params.id ?? '',
    look: async () => {
      last = await visibleDocument(call, call.params.id ?? '')
      return matchesNone(known, etagOf(last.version)) ? null : true
    },
    timeoutMs: waitS * 1000,
    signal: call.patience(),
  })
  const reply = show(call, last)
  return { ...reply, headers: { ...reply.headers, ...preferenceApplied(waitS) } }
}
