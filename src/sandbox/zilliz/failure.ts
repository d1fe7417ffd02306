/** The provider's texts by code. */
const MESSAGES: Readonly<Record<number, string>> = {
  404: 'Not Found',
  21119: 'The apikey is illegal',
  40003: 'Action not available given the current status of the cluster.',
  40013: 'The specified cluster name already exists.',
  40021: 'The cluster ID does not exist.',
  63104: 'Project plan can only be upgraded, not downgraded.',
  80000: 'Incorrect parameter',
  80011: 'The description must not exceed 256 characters.',
  80015: 'The project does not exist or you do not have permission to access it.',
  80020: "Cluster not exist or you don't have permission.",
  96000: 'Invalid CloudId.',
  96001: 'Invalid RegionId.',
  96002: 'Invalid cuSize. The value should be a positive integer.',
  96003: 'Invalid cuType.',
  96004: 'Invalid dedicated plan.',
  96005: 'Invalid projectId. A valid one is like proj-xxxxxxxx.',
  96008: 'Invalid pageSize. The value should be between 1 and 100.',
  96009: 'Invalid currentPage. The value should be between 1 and the largest integer.',
  96010: 'Invalid clusterName. Only alphanumeric characters and hyphens are allowed.',
  96012: 'No permission for this project: it belongs to another organization.',
  96017: 'The specified cluster name already exists under project.',
  96018: 'Cluster not found. Please use the ListClusters API to obtain your scoped clusters.',
  96019: 'This region does not support free plan.',
  96020: 'This region does not support serverless plan.',
  96021: 'Free cluster does not support this operation.',
  96022: 'Serverless cluster does not support this operation.',
  96023: 'The specified class does not exist.',
  96028: 'Feature only supported for enterprise plan clusters.',
}

/** A refusal in the provider's words: `{ code, message }`, inside HTTP 200 unless `httpStatus` says otherwise. */
export class ZillizFailure extends Error {
  override readonly name = 'ZillizFailure'
  readonly code: number | string
  readonly httpStatus: number

  constructor(code: number | string, options: { message?: string; httpStatus?: number } = {}) {
    super(options.message ?? MESSAGES[Number(code)] ?? 'The request was refused.')
    this.code = code
    this.httpStatus = options.httpStatus ?? 200
  }
}
