/** What stands where a secret was. */
export const redacted = '[redacted]'

/** Shorter texts are too common to be searched for: hiding them would hide everything. */
const shortest = 6

/** Of texts that are remembered to hide nothing; they take some 200 kB at the most. */
const longestClean = 128
const mostClean = 1000

/** Keys of the gateway and of Fireworks, signed JWTs, and bearer tokens; "Bearer authentication" is not one. */
const keyShapes =
  /(cgk_|fw_|eyJ(?=[\w-]{8,}\.[\w-]+\.)|bearer(?: |%20)+(?=[A-Za-z0-9._~+/=-]{16}))[A-Za-z0-9._~+/=-]{8,}/gi

/**
 * The secrets that this process has seen, so that no text which leaves it shows one. A scrub reads its text once,
 * however many there are: a rolling hash of every six characters finds where one may begin (Rabin-Karp).
 */
export class SecretValues {
  readonly #capacity: number
  readonly #permanent: ReadonlySet<string>
  /** In the order of their last `add`. */
  readonly #values = new Set<string>()
  /** Hash of the first characters → the written forms that begin so. */
  readonly #forms = new Map<number, string[]>()
  /** How many forms share the upper half of a hash: spares most positions the look into the map. */
  readonly #filter = new Uint32Array(2 ** 16)
  /** Short texts that were found to hide nothing: paths that are asked for again and again. Until another value is added. */
  readonly #clean = new Set<string>()

  /** Holds `permanent` for ever, and the latest `capacity` of those added. */
  constructor(permanent: Iterable<string> = [], capacity = 10_000) {
    this.#capacity = capacity
    this.#permanent = new Set([...permanent].filter((value) => value.length >= shortest))
    for (const value of this.#permanent) this.#index(value)
  }

  /** From now on `value` is scrubbed. One under 6 characters is not. */
  add(value: string): void {
    if (value.length < shortest || this.#permanent.has(value)) return
    const known = this.#values.delete(value)
    this.#values.add(value)
    if (known) return
    this.#clean.clear()
    this.#index(value)
    const [oldest] = this.#values
    if (this.#values.size <= this.#capacity || oldest === undefined) return
    this.#values.delete(oldest)
    this.#unindex(oldest)
  }

  /** The text with `[redacted]` for every secret in it and for what is shaped like a key. */
  scrub(text: string): string {
    if (this.#clean.has(text)) return text
    const scrubbed = this.#scrubValues(text).replace(keyShapes, `$1${redacted}`)
    if (scrubbed === text && text.length <= longestClean && text.isWellFormed()) this.#rememberClean(text)
    return scrubbed
  }

  #rememberClean(text: string): void {
    if (this.#clean.size >= mostClean) this.#clean.clear()
    // A copy, which of a text that is no Unicode would be another: V8 cuts a text out of a longer one by holding on to all of that.
    this.#clean.add(Buffer.from(text).toString())
  }

  #scrubValues(text: string): string {
    if (this.#forms.size === 0 || text.length < shortest) return text
    const filter = this.#filter
    const last = text.length - shortest
    let result = ''
    let done = 0
    let hash = hashOfStart(text)
    for (let at = 0; ; at++) {
      const end = filter[hash >>> 16] === 0 ? 0 : at + longestAt(this.#forms.get(hash), text, at)
      if (end > done && end > at) {
        if (at >= done) result += text.slice(done, at) + redacted
        done = end
      }
      if (at === last) break
      hash = roll(hash, text.charCodeAt(at), text.charCodeAt(at + shortest))
    }
    return done === 0 ? text : result + text.slice(done)
  }

  #index(value: string): void {
    for (const form of formsOf(value)) {
      const hash = hashOfStart(form)
      const forms = this.#forms.get(hash)
      if (forms) forms.push(form)
      else this.#forms.set(hash, [form])
      this.#countForms(hash, 1)
    }
  }

  #unindex(value: string): void {
    for (const form of formsOf(value)) {
      const hash = hashOfStart(form)
      const forms = this.#forms.get(hash) ?? []
      forms.splice(forms.indexOf(form), 1)
      if (forms.length === 0) this.#forms.delete(hash)
      this.#countForms(hash, -1)
    }
  }

  #countForms(hash: number, change: number): void {
    this.#filter[hash >>> 16] = (this.#filter[hash >>> 16] ?? 0) + change
  }
}

/** A value as it is, in JSON, in JSON within JSON, in a URL, and in a path as the router decodes it: all but delimiters and `%`. */
function formsOf(value: string): Set<string> {
  const json = JSON.stringify(value).slice(1, -1)
  const url = encodeURIComponent(value.toWellFormed())
  const path = decodeURI(url.replaceAll('%25', '%2525'))
  return new Set([value, json, JSON.stringify(json).slice(1, -1), url, path])
}

function longestAt(forms: string[] | undefined, text: string, at: number): number {
  let longest = 0
  for (const form of forms ?? []) {
    if (form.length > longest && text.startsWith(form, at)) longest = form.length
  }
  return longest
}

const base = 0x01000193
const leadingPower = Array.from({ length: shortest - 1 }).reduce((power: number) => Math.imul(power, base), 1)

function hashOfStart(text: string): number {
  let hash = 0
  for (let i = 0; i < shortest; i++) hash = (Math.imul(hash, base) + text.charCodeAt(i)) | 0
  return hash
}

function roll(hash: number, leaving: number, entering: number): number {
  return (Math.imul(hash - Math.imul(leaving, leadingPower), base) + entering) | 0
}
