import type { AuditTarget } from '../cluster/audit.ts'
import { Problem } from '../cluster/problem.ts'

/** Another team's thing: reads as if there were none, and is written down as what it is. */
export class Hidden extends Problem {
  readonly target: AuditTarget
  /** Whose thing it is. */
  readonly owner: string | null

  constructor(detail: string, target: AuditTarget, owner: string | null) {
    super('not-found', detail)
    this.target = target
    this.owner = owner
  }
}
