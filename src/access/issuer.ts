import { z } from 'zod'
import { everyTeam, roles } from '../cluster/actor.ts'

/** Signatures with a public key. Those with a shared secret, and none at all, are no proof of who made a token. */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

const text = z.string().min(1, 'must not be empty').max(1000, 'must be at most 1000 characters')

/** A claim of a token by name, or, where it begins with a slash, by JSON pointer (RFC 6901). */
const claim = text

const url = text.refine(
  isSecureUrl,
  'must be an https URL without query or fragment (plain http only for a loopback address)',
)

const teamName = /^(\*|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/
const teamRule = 'must be a team of lower-case letters, digits and hyphens, or "*" for all teams'
const fromClaim = z.strictObject({ claim })

const rule = z.strictObject({
  /** What the claims must be. All of it must hold; of several texts, or of a claim that is a list, one is enough. */
  when: z
    .record(claim, z.union([text, z.array(text).min(1)]))
    .refine(
      (when) => Object.keys(when).length > 0,
      'must name a claim, or everybody at the issuer would have the role',
    ),
  role: z.union([z.enum(roles), fromClaim], `must be one of ${roles.join(', ')}, or { "claim": "…" }`),
  team: z.union(
    [z.string().regex(teamName, teamRule), fromClaim],
    'must be a team, "*" for all teams, or { "claim": "…" }',
  ),
  type: z.enum(['user', 'workload'], 'must be user or workload').default('user'),
})

const issuer = z.strictObject({
  issuer: url,
  audience: z.union([text, z.array(text).min(1)]).transform((given) => [given].flat()),
  jwksUri: url.optional(),
  algorithms: z
    .array(z.enum(algorithms, `must be of ${algorithms.join(', ')}`))
    .min(1)
    .default(['RS256', 'ES256', 'EdDSA', 'Ed25519']),
  claims: z
    .strictObject({ subject: claim.default('sub'), displayName: claim.default('email') })
    .default({ subject: 'sub', displayName: 'email' }),
  maxTokenAgeSeconds: z
    .int()
    .min(60)
    .max(7 * 24 * 3600)
    .default(24 * 3600),
  rules: z.array(rule).min(1, 'must have a rule, or nobody could do anything').max(1000),
})

/** Who may vouch for callers, and what it takes for a caller to have a role. */
export const issuersSchema = z
  .array(issuer)
  .max(100)
  .refine(
    (all) => new Set(all.map((one) => one.issuer)).size === all.length,
    'must name each issuer once: put its audiences and rules together',
  )

export type Issuer = z.output<typeof issuersSchema>[number]
export type Rule = Issuer['rules'][number]

/** Reaches its keys by plain http. */
export function isUnencrypted({ issuer, jwksUri }: Issuer): boolean {
  return [issuer, jwksUri].some((address) => address?.startsWith('http:'))
}

/** An address from which keys may be read: https, or http on this machine. */
export function isSecureUrl(address: string): boolean {
  const parsed = URL.parse(address)
  if (!parsed) return false
  if (parsed.search !== '' || parsed.hash !== '' || parsed.username !== '') return false
  return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopback(parsed.hostname))
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** Whether a team that a claim names may be one: `*` cannot, as no issuer decides over all teams by a claim. */
export function isTeamOfClaim(name: string): boolean {
  return name !== everyTeam && teamName.test(name)
}
