import type { AuditTarget } from '../cluster/audit.ts'
import { findSealedValues } from '../store/master-keys.ts'
import type { Session } from '../store/store.ts'
import { readLabel } from '../vault/envelope.ts'

/** What no key that is held opens. */
export interface LostSecrets {
  /** Ids of the master keys that are missing. */
  kids: string[]
  /** Whose API key is lost. */
  connections: AuditTarget[]
  /** Whose credentials are lost. */
  clusters: AuditTarget[]
}

export const remedies = [
  'Find the master key: in a backup of its file, in the KMS or Vault that kept it, in the settings of another replica. Start with it in CLUSTERGATE_MASTER_KEY or CLUSTERGATE_PREVIOUS_MASTER_KEYS, without CLUSTERGATE_RECOVERY.',
  'If it is gone: stop the gateway, set CLUSTERGATE_MASTER_KEY to a new key, and run "clustergate keys reset --i-have-lost-the-master-key". It gives up what is lost. Then start without CLUSTERGATE_RECOVERY, and give each connection its API key again (PATCH /connections/{id}) and each cluster its credentials (PUT /clusters/{id}/credentials).',
] as const

const namesAtOnce = 500

/** By name, or null where everything opens. */
export async function findLost(session: Session, held: ReadonlySet<string>): Promise<LostSecrets | null> {
  const kids = new Set<string>()
  const isLost = (envelope: string) => {
    const kid = readLabel(envelope)?.kid
    if (kid === undefined || held.has(kid)) return false
    kids.add(kid)
    return true
  }
  const targets: AuditTarget[] = []
  for (const { column, rows } of await findSealedValues(session, isLost)) {
    for (let from = 0; from < rows.length; from += namesAtOnce) {
      const owners = await column.owners(session, rows.slice(from, from + namesAtOnce))
      targets.push(...[...owners.values()].map(({ target }) => target))
    }
  }
  if (kids.size === 0) return null
  const ofType = (type: AuditTarget['type']) => targets.filter((target) => target.type === type)
  return { kids: [...kids], connections: ofType('connection'), clusters: ofType('cluster') }
}
