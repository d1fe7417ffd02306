/** Nothing of an answer may run, be framed, or fetch anything. Pages for people add their style sheet. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** On every answer, unless it says otherwise itself. Made once: they are put together for each request. */
export const everyAnswer = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const

/** For answers to callers that a trusted proxy says came over TLS (RFC 6797). One year, for this host alone. */
export const strictTransport = 'max-age=31536000'
