import { errors, FlattenedEncrypt, flattenedDecrypt } from 'jose'
import type { Place } from '../cluster/place.ts'
import { type Envelope, protectedHeader, readEnvelope, writeEnvelope } from './envelope.ts'
import type { Keyring, MasterKey } from './keyring.ts'
import { placeText, teamlessPlaceText } from './place.ts'
import { VaultError } from './vault-error.ts'

/** Seals texts for the one place where they are stored, and opens them there. */
export interface Vault {
  /** Id of the master key that seals now. */
  readonly kid: string
  /** An envelope: JSON text of a flattened JWE under a fresh data key. @throws VaultError `malformed` for a lone surrogate */
  seal(plaintext: string, place: Place): Promise<string>
  /** What was sealed for this very place. @throws VaultError */
  open(envelope: string, place: Place): Promise<string>
}

const algorithms = {
  keyManagementAlgorithms: [protectedHeader.alg],
  contentEncryptionAlgorithms: [protectedHeader.enc],
}
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The keyring may be changed while the vault is in use: each call takes it as it is then. */
export function createVault(keyring: Keyring): Vault {
  return {
    get kid() {
      return keyring.current.kid
    },
    seal: (plaintext, place) => seal(keyring.current, plaintext, place),
    open: async (text, place) => open(keyring, readEnvelope(text), place),
  }
}

async function seal(key: MasterKey, plaintext: string, place: Place): Promise<string> {
  // UTF-8 cannot carry a lone surrogate: it would come back as another character.
  if (!plaintext.isWellFormed())
    throw new VaultError('malformed', 'The text to seal is not well-formed Unicode.')
  const jwe = await new FlattenedEncrypt(encoder.encode(plaintext))
    .setProtectedHeader(protectedHeader)
    .setUnprotectedHeader({ kid: key.kid })
    .setAdditionalAuthenticatedData(encoder.encode(placeText(place)))
    .encrypt(await key.wrappingKey())
  return writeEnvelope(jwe)
}

async function open(keyring: Keyring, envelope: Envelope, place: Place): Promise<string> {
  const where = placeText(place)
  if (![where, teamlessPlaceText(place)].map(base64url).includes(envelope.aad)) {
    throw new VaultError('wrong-place', `What is stored at ${where} was sealed for another place.`)
  }
  const key = keyOf(keyring, envelope, `What is stored at ${where}`)
  try {
    const { plaintext } = await flattenedDecrypt(envelope, await key.wrappingKey(), algorithms)
    return decoder.decode(plaintext)
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    throw new VaultError('tampered', `What is stored at ${where} is not what was sealed there.`)
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** The key of the ring that an envelope was sealed with. @throws VaultError `unknown-key`; `what` begins its message */
export function keyOf({ current, former }: Keyring, { header: { kid } }: Envelope, what: string): MasterKey {
  const keys = [current, ...former]
  const key = keys.find((candidate) => candidate.kid === kid)
  if (key) return key
  const held = keys.map((candidate) => candidate.kid).join(', ')
  throw new VaultError('unknown-key', `${what} was sealed with master key ${kid}; held here: ${held}.`)
}
