const hour = 3600_000

/** How long before its end a cluster's expiry is announced, in milliseconds. */
export const expiryWarningsMs = [7 * 24 * hour, 24 * hour, hour] as const

/** How long a cluster lives at the least that is taken into management again: nobody is to lose it by an import. */
export const importGraceMs = 24 * hour

/** The next moment after `now` at which an expiry needs attention: a warning, or the end itself. Null when none is left. */
export function nextExpiryCheck(expireTime: number | null, now: number): number | null {
  if (expireTime === null) return null
  const moments = [...expiryWarningsMs.map((before) => expireTime - before), expireTime]
  return moments.find((moment) => moment > now) ?? null
}
