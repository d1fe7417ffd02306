import { etagOf } from '../cluster/document.ts'
import type { Changed } from '../store/mutation.ts'
import { jsonText, type Reply } from './reply.ts'
import { clusterSchema } from './schemas/cluster.ts'

/** The cluster after a change. */
export function clusterReply(
  status: 200 | 202,
  changed: Changed,
  headers: Record<string, string> = {},
): Reply {
  return jsonText(status, changed.document, { ...headers, etag: etagOf(changed.version) })
}

/** The response of every operation that the reconciler carries out. */
export const accepted = {
  description: 'Accepted. The cluster says in `operation` how it goes on.',
  schema: clusterSchema,
  headers: { ETag: 'The ETag of the cluster.' },
}
