import type { OperationError } from './cluster.ts'
import type { JsonObject } from './json.ts'
import type { Directory } from './provider.ts'

/** A stored account at a provider. The API key is not here: it is sealed elsewhere and only its fingerprint is known. */
export interface Connection {
  id: string
  name: string
  provider: string
  teams: string[]
  settings: JsonObject
  /** First 16 hex digits of the SHA-256 of the API key: tells two keys apart, opens nothing. */
  apiKeyFingerprint: string
  createTime: number
  updateTime: number
  verifiedTime: number | null
  /** Set by a request for verification, cleared when its answer is in. */
  verifyRequestedTime: number | null
  /** Why the last verification failed; null when it succeeded or none was made. */
  lastError: OperationError | null
  lastSync: ConnectionSync | null
  /** Set by a request for a sync, cleared when it has ended. */
  syncRequestedTime: number | null
  /** When the last complete sync began. */
  syncedTime: number | null
  /** What the account offers, as last read; null before the first reading. */
  directory: Directory | null
  directoryTime: number | null
  version: number
}

export interface ConnectionSync {
  startTime: number
  endTime: number | null
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED'
  completeTime: number | null
  clusterCount: number | null
  error: OperationError | null
}
