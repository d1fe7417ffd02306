import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { readVerifierKey, verifierKeyText } from './verifier.mjs'

/** A key that signs the checkpoints of one log. */
export interface SigningKey {
  /** The key id in every note: 8 hex digits. */
  id: string
  /** `name+hash+key`: for everybody. */
  verifierKey: string
  /** PKCS #8, PEM: for the vault. */
  privateKey: string
}

/** The name of a new log, like no other's. */
export function newOrigin(): string {
  return `clustergate/${randomBytes(16).toString('hex')}`
}

export function newSigningKey(origin: string): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  const verifierKey = verifierKeyText(origin, Buffer.from(x, 'base64url'))
  return {
    id: readVerifierKey(verifierKey).id,
    verifierKey,
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

/** Signs checkpoints in the name of a log. */
export class Signer {
  readonly id: string
  readonly origin: string
  readonly #key: KeyObject

  constructor({ verifierKey, privateKey }: Pick<SigningKey, 'verifierKey' | 'privateKey'>) {
    const { id, name } = readVerifierKey(verifierKey)
    this.id = id
    this.origin = name
    this.#key = createPrivateKey(privateKey)
  }

  /** A C2SP tlog-checkpoint: origin, size and root, in a signed note. */
  checkpoint(size: number, root: Buffer): string {
    const text = `${this.origin}\n${size}\n${root.toString('base64')}\n`
    const signature = Buffer.concat([Buffer.from(this.id, 'hex'), sign(null, Buffer.from(text), this.#key)])
    return `${text}\n— ${this.origin} ${signature.toString('base64')}\n`
  }
}
