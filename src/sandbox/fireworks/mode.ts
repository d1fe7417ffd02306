import { z } from 'zod'

/** How the provider behaves where it is undocumented or varies; may be changed while the sandbox runs. */
export const modeSchema = z.strictObject({
  /** What `nextPageToken` is on the last page: the real API sends `""`, its specification says it is left out. */
  lastPageToken: z.enum(['empty', 'omitted']).default('empty'),
  /** What becomes of fields without a default that are not set, such as the other kind of cluster. */
  unsetFields: z.enum(['omitted', 'null']).default('omitted'),
  /** Clusters also carry the undocumented `annotations`, `isDlde` and `meteringKey`. */
  hiddenFields: z.boolean().default(false),
  /** What `:getConnectionInfo` does unless the cluster is READY: FAILED_PRECONDITION, or 200 with empty strings. */
  connectionInfoBeforeReady: z.enum(['refused', 'empty']).default('refused'),
  /** Anything but `enabled` is the code with which every cluster call is refused. */
  clusterCollection: z
    .enum(['enabled', 'NOT_FOUND', 'UNIMPLEMENTED', 'PERMISSION_DENIED'])
    .default('enabled'),
  /** The code for an account that the key cannot see, whether or not there is one. */
  foreignAccount: z.enum(['PERMISSION_DENIED', 'NOT_FOUND']).default('PERMISSION_DENIED'),
  /** How a suspended account is refused: 403 PERMISSION_DENIED or 412 FAILED_PRECONDITION. */
  suspendedHttpStatus: z.union([z.literal(403), z.literal(412)]).default(403),
  /** Calls that a key may make in a sandbox minute before 429 RESOURCE_EXHAUSTED; null for no limit. */
  requestsPerMinute: z.int().min(0).nullable().default(null),
})

export type FireworksMode = z.infer<typeof modeSchema>
