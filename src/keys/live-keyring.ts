import type { Keyring, MasterKey } from '../vault/keyring.ts'
import {
  type KeySources,
  readAgain,
  readWrittenKey,
  readWrittenKeys,
  type WrittenKey,
} from './key-sources.ts'

/** The keys of a running process. They are replaced in place, so that a vault made of them follows. */
export class LiveKeyring implements Keyring {
  current: MasterKey
  former: readonly MasterKey[]
  readonly sources: KeySources
  readonly #given: Keyring
  readonly #hide: (secret: string) => void

  /** `hide` is told of the text of every key that is read later. */
  constructor(given: Keyring, sources: KeySources, hide: (secret: string) => void) {
    this.current = given.current
    this.former = given.former
    this.sources = sources
    this.#given = given
    this.#hide = hide
  }

  get kids(): Set<string> {
    return new Set([this.current, ...this.former].map(({ kid }) => kid))
  }

  /** What a start would read now. What the environment gave stays as it was. @throws KeySourceError */
  async readAgain(): Promise<Keyring> {
    const { current, previous } = this.sources
    const [key, keys] = await Promise.all([
      readAgain('The current master key', current, readWrittenKey),
      readAgain('The previous master keys', previous, readWrittenKeys),
    ])
    return {
      current: key ? this.#keyOf(key) : this.#given.current,
      former: keys ? keys.map((written) => this.#keyOf(written)) : this.#given.former,
    }
  }

  #keyOf({ key, text }: WrittenKey): MasterKey {
    this.#hide(text)
    return key
  }

  /** Seals with `current` from now on. Whatever could be opened until now still can. */
  take({ current, former }: Keyring): void {
    const all = [...former, this.current, ...this.former]
    const others = new Map(all.filter(({ kid }) => kid !== current.kid).map((key) => [key.kid, key]))
    this.former = [...others.values()]
    this.current = current
  }

  /** Seals with the key of this id, if it is held. */
  prefer(kid: string): boolean {
    const key = [this.current, ...this.former].find((candidate) => candidate.kid === kid)
    if (key) this.take({ current: key, former: [] })
    return key !== undefined
  }

  forget(kid: string): void {
    this.former = this.former.filter((key) => key.kid !== kid)
  }
}
