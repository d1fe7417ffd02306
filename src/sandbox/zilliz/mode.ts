/**
 * How the emulated service behaves where the documentation is silent, contradicts itself or describes two sites.
 * The defaults are what has been seen of the live service, or the likeliest guess.
 */
export interface ZillizMode {
  /** `global` is `api.cloud.zilliz.com`; `china` is `api.cloud.zilliz.com.cn`: other regions, the plan `Enterprise` only. */
  site: 'global' | 'china'
  /** `2025`: free clusters say `plan: "Serverless"`, and the fields that came later are absent. */
  year: '2025' | '2026'
  /** The `code` of a success; the older API said 200. */
  successCode: 0 | 200
  duplicateNameCode: 40013 | 96017
  /** How a dropped cluster looks once it is gone, by the code or status of a describe, or a row that says `DELETED`. */
  afterDrop: '96018' | '80020' | 'http404' | 'deletedRow'
  /** Whether the name of a paid cluster stays taken for the 30 days that it spends in the recycle bin. */
  nameAfterDrop: 'free' | 'kept'
  unknownProjectCode: 96005 | 80015 | 96012
  /** No catalogue has codes for these; pick any. */
  freeQuotaCode: number
  clusterQuotaCode: number
  projectRefusalCode: number
  /** Whether error bodies repeat the `requestid` header as `requestId`. */
  requestIdInErrors: boolean
  /** For how long a describe of a new cluster answers 40021, in sandbox milliseconds. */
  describeLagMs: number
  /** What a 429 carries. */
  rateLimitBody: 'text' | 'json' | 'html'
}

export const DEFAULT_MODE: ZillizMode = {
  site: 'global',
  year: '2026',
  successCode: 0,
  duplicateNameCode: 40013,
  afterDrop: '96018',
  nameAfterDrop: 'free',
  unknownProjectCode: 96005,
  freeQuotaCode: 80023,
  clusterQuotaCode: 80024,
  projectRefusalCode: 80026,
  requestIdInErrors: false,
  describeLagMs: 0,
  rateLimitBody: 'text',
}

/** How many living clusters there may be. */
export interface ZillizQuotas {
  freePerOrganization: number
  serverlessPerProject: number
  dedicatedPerProject: number
  projects: number
}

export const DEFAULT_QUOTAS: ZillizQuotas = {
  freePerOrganization: 1,
  serverlessPerProject: 100,
  dedicatedPerProject: 100,
  projects: 100,
}

/** How long emulated work takes, in sandbox milliseconds. */
export interface ZillizDurations {
  createMs: number
  /** Suspend, resume, modify and drop. */
  changeMs: number
}

export const DEFAULT_DURATIONS: ZillizDurations = { createMs: 20_000, changeMs: 10_000 }
