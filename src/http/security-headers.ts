/**
 * On every answer, unless it says otherwise itself: nothing of it may run, be framed, guessed at, kept, or fetched by a page
 * from elsewhere. Made once, as they are put together for each request, and short, as Node checks every character.
 */
export const everyAnswer = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
} as const

/** On pages for people, beside a policy that lets their own style sheet through. */
export const everyPage = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const

/** For answers to callers that a trusted proxy says came over TLS (RFC 6797). One year, for this host alone. */
export const strictTransport = 'max-age=31536000'
