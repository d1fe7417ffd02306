/** Every way in which the vault says no. */
export type VaultErrorCode =
  | 'unknown-key' // sealed with a master key that is not in the keyring
  | 'wrong-place' // sealed for another table, row, column or team
  | 'tampered' // not what was sealed, or the key with that id is another one
  | 'malformed' // not an envelope, not a master key, not a text

/** The vault's one error. Its message holds no plaintext and no key material, and it has no cause that could. */
export class VaultError extends Error {
  readonly code: VaultErrorCode

  constructor(code: VaultErrorCode, message: string) {
    super(message)
    this.name = 'VaultError'
    this.code = code
  }
}
