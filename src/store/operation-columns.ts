import type { Operation } from '../cluster/cluster.ts'
import type { Tables } from './store.ts'

/** The columns of a cluster that tell of its operation. */
export type OperationColumns = Pick<
  Tables['clusters']['$inferSelect'],
  | 'createTime'
  | 'operationKind'
  | 'operationStatus'
  | 'operationStartTime'
  | 'operationEndTime'
  | 'operationAttempts'
  | 'operationNextAttemptTime'
  | 'operationError'
>

export function toOperation(row: OperationColumns): Operation | null {
  if (row.operationKind === null || row.operationStatus === null) return null
  return {
    kind: row.operationKind,
    status: row.operationStatus,
    startTime: row.operationStartTime ?? row.createTime,
    endTime: row.operationEndTime,
    attempts: row.operationAttempts,
    nextAttemptTime: row.operationNextAttemptTime,
    error: row.operationError,
  }
}
