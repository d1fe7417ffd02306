import type { Mutation } from '../store/mutation.ts'
import type { KeyReport } from './keys-report.ts'
import type { LostSecrets } from './lost-secrets.ts'
import type { RewrapProgress } from './rewrapper.ts'

export interface KeysReport {
  keys: KeyReport[]
  rewrap: RewrapProgress & {
    status: 'IDLE' | 'RUNNING'
    /** Values that are not under the current key yet. */
    remaining: number
  }
  readOnly: boolean
  /** What no given key opens; looked for in a recovery alone, as nothing else starts without a key that is needed. */
  lost: LostSecrets | null
}

/** What an administrator may ask about the master keys and do with them. */
export interface KeysAdministration {
  /** The gateway was started without a key that is lost: nothing may be changed or revealed. */
  readonly readOnly: boolean
  report(): Promise<KeysReport>
  /**
   * Reads the keys again from where they are given, and seals with the new one from now on; the rest follows in the
   * background. Refuses with `key-not-rotatable` or `key-source-failed`.
   */
  rotate(mutation: Mutation): Promise<void>
  /** Refuses with `key-in-use` while something needs the key. */
  retire(mutation: Mutation, kid: string): Promise<void>
}
