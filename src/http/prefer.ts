/** Longer waits are lowered to this, in seconds: proxies cut idle connections soon after. */
export const longestWaitS = 60

/** Seconds of `Prefer: wait=N` (RFC 7240), lowered to 60. Null where absent or not a preference we understand. */
export function readWait(prefer: string | undefined): number | null {
  if (prefer === undefined) return null
  for (const preference of prefer.split(',')) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference) ?? []
    if (seconds !== undefined && Number(seconds) > 0) return Math.min(Number(seconds), longestWaitS)
  }
  return null
}
