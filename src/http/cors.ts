/**
 * What a browser may let pages of other origins do here (Fetch standard, "CORS protocol"). Callers send an API key and no
 * cookie, so credentials are never allowed, and without them `*` stands for every header.
 */
const sentHeaders = '*, Authorization'
const readHeaders = '*'
const preflightSeconds = '600'

/** Adds what an answer says to a page of `origin`. A cache must keep answers to different origins apart. */
export function allowOrigin(
  headers: Record<string, string>,
  origin: string | undefined,
  allowed: ReadonlySet<string>,
): void {
  headers.vary = headers.vary === undefined ? 'Origin' : `${headers.vary}, Origin`
  if (origin === undefined || !allowed.has(origin)) return
  headers['access-control-allow-origin'] = origin
  headers['access-control-expose-headers'] = readHeaders
}

/** What a browser is told that asks before it sends a request of its own (`OPTIONS`). */
export function preflightHeaders(methods: string): Record<string, string> {
  return {
    vary: 'Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-methods': methods,
    'access-control-allow-headers': sentHeaders,
    'access-control-max-age': preflightSeconds,
  }
}
