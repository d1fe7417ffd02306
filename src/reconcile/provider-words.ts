import { ProviderFailure } from '../cluster/failure.ts'
import type { Created, Observed } from '../cluster/provider.ts'
import type { ClusterRow } from '../store/cluster-rows.ts'
import { findSealed } from '../store/credentials.ts'
import type { Finding } from './perform.ts'
import type { ReconcilerDeps } from './reconciler.ts'

/** Takes secrets out of a text. */
export type Scrub = (text: string) => string

/**
 * The finding without any secret that its provider may have put into its words: they are stored and shown. The
 * cluster's own password is opened for that, as this process may never have seen it.
 */
export async function withoutSecrets(
  deps: ReconcilerDeps,
  row: ClusterRow,
  finding: Finding,
): Promise<Finding> {
  if (!hasWords(finding)) return finding
  try {
    const password = await passwordOf(deps, row, finding)
    return scrubFinding(finding, (text) => withoutTail(deps.scrub(text), password))
  } catch (error) {
    deps.log.error({ err: error, clusterId: row.id }, 'what a provider said cannot be checked for secrets')
    return scrubFinding(finding, () => 'What the provider said is withheld; the log of clustergate says why.')
  }
}

async function passwordOf(deps: ReconcilerDeps, row: ClusterRow, finding: Finding): Promise<string> {
  if (finding.step !== 'create') return openPassword(deps, row)
  const { password = '' } = finding.created.credentials ?? {}
  deps.hide(password)
  return password
}

/** Empty where the cluster has none. */
async function openPassword({ store, vault, hide }: ReconcilerDeps, row: ClusterRow): Promise<string> {
  const found = row.credentialState === 'NONE' ? undefined : await findSealed(store.reader, row.id)
  if (found === undefined) return ''
  const { password } = JSON.parse(await vault.open(found.sealed, found.place))
  hide(password)
  return password
}

function hasWords(finding: Finding): boolean {
  if (finding.step === 'failed' || finding.step === 'create') return true
  if (finding.step !== 'observe' && finding.step !== 'update') return false
  return finding.observed?.stateReason != null || finding.observed?.details !== undefined
}

function scrubFinding(finding: Finding, scrub: Scrub): Finding {
  switch (finding.step) {
    case 'failed':
      return { ...finding, failure: scrubFailure(finding.failure, scrub) }
    case 'create':
      return { ...finding, created: scrubCreated(finding.created, scrub) }
    case 'observe':
    case 'update':
      return { ...finding, observed: finding.observed && scrubObserved(finding.observed, scrub) }
    default:
      return finding
  }
}

function scrubCreated(created: Created, scrub: Scrub): Created {
  const { observed, details } = created
  return {
    ...created,
    observed: observed && scrubObserved(observed, scrub),
    ...(details && { details: scrubDetails(details, scrub) }),
  }
}

export function scrubObserved(observed: Observed, scrub: Scrub): Observed {
  const { stateReason, details } = observed
  return {
    ...observed,
    stateReason: stateReason === null ? null : scrub(stateReason),
    ...(details && { details: scrubDetails(details, scrub) }),
  }
}

/** What a provider says is kept, but not a page of it. */
const longestDetail = 1000

function scrubDetails(details: Record<string, string>, scrub: Scrub): Record<string, string> {
  return Object.fromEntries(
    Object.entries(details).map(([name, text]) => [name, scrub(text).slice(0, longestDetail)]),
  )
}

export function scrubFailure(failure: ProviderFailure, scrub: Scrub): ProviderFailure {
  const { kind, applied, retryable, retryAfterMs, httpStatus, code, requestId, cause } = failure
  const scrubbed = new ProviderFailure({
    kind,
    applied,
    retryable,
    message: scrub(failure.message),
    retryAfterMs: retryAfterMs ?? undefined,
    httpStatus: httpStatus ?? undefined,
    code: code === null ? undefined : scrub(code),
    requestId: requestId === null ? undefined : scrub(requestId),
  })
  if (cause !== undefined) scrubbed.cause = cause
  return scrubbed
}

const tellingLength = 6

/** Long words are cut, perhaps in the middle of a password. */
function withoutTail(text: string, password: string): string {
  for (let length = password.length - 1; length >= tellingLength; length--) {
    if (text.endsWith(password.slice(0, length))) return `${text.slice(0, -length)}[redacted]`
  }
  return text
}
