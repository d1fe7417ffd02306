import { z } from 'zod'
import { placeVersion } from './place.ts'
import { VaultError } from './vault-error.ts'

/**
 * Says what the ciphertext is: AES-256-GCM under a data key of its own, which AES key wrap hides under a master key.
 * The master key's id stands beside it, unprotected: a re-wrap replaces `kid` and `encrypted_key` and nothing else.
 */
export const protectedHeader = { typ: 'clustergate+jwe', alg: 'A256KW', enc: 'A256GCM' } as const

const protectedText = Buffer.from(JSON.stringify(protectedHeader)).toString('base64url')

const base64url = z.string().refine((text) => Buffer.from(text, 'base64url').toString('base64url') === text)
const exactly = (bytes: number) => base64url.length(Math.ceil((bytes * 4) / 3))

const envelopeSchema = z.strictObject({
  protected: z.literal(protectedText),
  header: z.strictObject({ kid: z.string().regex(/^[0-9a-f]{16}$/) }),
  encrypted_key: exactly(40),
  aad: base64url,
  iv: exactly(12),
  ciphertext: base64url,
  tag: exactly(16),
})

/** A flattened JWE (RFC 7516, 7.2.2). Binary members are base64url. */
export type Envelope = z.infer<typeof envelopeSchema>

/** The one text of an envelope. @throws z.ZodError when it is not one */
export function writeEnvelope(envelope: unknown): string {
  return JSON.stringify(envelopeSchema.parse(envelope))
}

/**
 * Reads exactly what `writeEnvelope` writes: another spelling of the same bytes is refused too, so that no bit can change unseen.
 * @throws VaultError `malformed`
 */
export function readEnvelope(text: string): Envelope {
  const result = envelopeSchema.safeParse(parseJson(text))
  if (!result.success) {
    const missing = result.error.issues.some((issue) => issue.path[0] === 'header')
    throw new VaultError(
      'malformed',
      missing ? 'The envelope names no master key.' : 'It is not an envelope.',
    )
  }
  if (JSON.stringify(result.data) !== text) throw new VaultError('malformed', 'It is not an envelope.')
  return result.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw new VaultError('malformed', 'It is not an envelope.')
  }
}

/** Where in an envelope's text the id of its master key begins, counted from 0; it has 16 characters. */
export const kidOffset = `{"protected":"${protectedText}","header":{"kid":"`.length

/** Base64url of three bytes is four characters whatever follows, so that the text need not be decoded. */
const placeWithTeam = Buffer.from(`${placeVersion}/`).toString('base64url')

/** What an envelope says of itself, without a look at whether it is whole. */
export interface EnvelopeLabel {
  kid: string
  /** Its place names a team. */
  namesTeam: boolean
}

/** Reads the label alone: for looking through very many. Null for what is not an envelope. */
export function readLabel(text: string): EnvelopeLabel | null {
  const [, kid, aad] = label.exec(text) ?? []
  return kid === undefined || aad === undefined ? null : { kid, namesTeam: aad === placeWithTeam }
}

const label = new RegExp(
  `^\\{"protected":"${protectedText}","header":\\{"kid":"([0-9a-f]{16})"\\},"encrypted_key":"[\\w-]+","aad":"([\\w-]{4})`,
)
