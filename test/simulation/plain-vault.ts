import { placeText } from '../../src/vault/place.ts'
import type { Vault } from '../../src/vault/vault.ts'

/** Seals nothing, but still opens only where it was sealed for. Real sealing takes threads, whose order no seed decides. */
export const plainVault: Vault = {
  kid: 'plain',
  seal: async (plaintext, place) => JSON.stringify([placeText(place), plaintext]),
  open: async (envelope, place) => {
    const [sealedFor, plaintext] = JSON.parse(envelope)
    if (sealedFor !== placeText(place))
      throw new Error(`sealed for ${sealedFor}, not for ${placeText(place)}`)
    return String(plaintext)
  },
}
