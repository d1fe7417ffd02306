import { errors, FlattenedEncrypt, flattenedDecrypt } from 'jose'
import { type Envelope, protectedHeader, readEnvelope, writeEnvelope } from './envelope.ts'
import type { Keyring, MasterKey } from './keyring.ts'
import { type Place, placeText } from './place.ts'
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

export function createVault(keyring: Keyring): Vault {
  const { current } = keyring
  const keys = new Map([current, ...keyring.former].map((key) => [key.kid, key]))
  return {
    kid: current.kid,
    seal: (plaintext, place) => seal(current, plaintext, place),
    open: async (text, place) => open(keys, readEnvelope(text), place),
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

async function open(keys: ReadonlyMap<string, MasterKey>, envelope: Envelope, place: Place): Promise<string> {
  const where = placeText(place)
  if (envelope.aad !== Buffer.from(where).toString('base64url')) {
    throw new VaultError('wrong-place', `What is stored at ${where} was sealed for another place.`)
  }
  const { kid } = envelope.header
  const key = keys.get(kid)
  if (!key) {
    const held = [...keys.keys()].join(', ')
    throw new VaultError(
      'unknown-key',
      `What is stored at ${where} was sealed with master key ${kid}; held here: ${held}.`,
    )
  }
  try {
    const { plaintext } = await flattenedDecrypt(envelope, await key.wrappingKey(), algorithms)
    return decoder.decode(plaintext)
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    throw new VaultError('tampered', `What is stored at ${where} is not what was sealed there.`)
  }
}
