import {
  filterFault,
  filterLimits,
  type Operator,
  type Restriction,
  type Syntax,
  type Word,
} from './syntax.ts'

/**
 * Reads a filter in the language of AIP-160 (https://google.aip.dev/160), by recursive descent: one pass, a bounded
 * depth and a bounded number of comparisons. As there, OR binds tighter than AND.
 *
 * @throws Problem `invalid-request` with the position of what is wrong
 */
export function parseFilter(text: string): Syntax {
  if (text.length > filterLimits.length) {
    throw filterFault(filterLimits.length, `is longer than ${filterLimits.length} characters`)
  }
  return new Parser(text).whole()
}

const operators: readonly Operator[] = ['<=', '>=', '!=', '=', '<', '>', ':']
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

class Parser {
  readonly #text: string
  #at = 0
  #depth = 0
  #comparisons = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Syntax {
    this.#skipSpace()
    if (this.#ended) throw this.#fault('is empty')
    const syntax = this.#expression()
    if (!this.#ended) throw this.#fault(`${this.#found()} is not expected`)
    return syntax
  }

  /** sequences joined by AND */
  #expression(): Syntax {
    const parts = [this.#sequence()]
    while (this.#takeKeyword('AND')) parts.push(this.#sequence())
    return joined('and', parts)
  }

  /** Factors side by side mean AND, too. */
  #sequence(): Syntax {
    const parts = [this.#factor()]
    while (!this.#ended && this.#next !== ')' && !this.#seesKeyword('AND')) parts.push(this.#factor())
    return joined('and', parts)
  }

  #factor(): Syntax {
    const parts = [this.#term()]
    while (this.#takeKeyword('OR')) parts.push(this.#term())
    return joined('or', parts)
  }

  #term(): Syntax {
    if (this.#takeKeyword('NOT')) return { kind: 'not', part: this.#simple() }
    return this.#take('-') ? { kind: 'not', part: this.#simple() } : this.#simple()
  }

  #simple(): Syntax {
    if (!this.#take('(')) return this.#restriction()
    if (++this.#depth > filterLimits.depth) {
      throw this.#fault(`has parentheses more than ${filterLimits.depth} deep`)
    }
    this.#skipSpace()
    const inner = this.#expression()
    if (!this.#take(')')) throw this.#fault(`a closing parenthesis is missing before ${this.#found()}`)
    this.#depth--
    this.#skipSpace()
    return inner
  }

  #restriction(): Restriction {
    const at = this.#at
    if (++this.#comparisons > filterLimits.comparisons) {
      throw this.#fault(`has more than ${filterLimits.comparisons} comparisons`)
    }
    const path = this.#path()
    this.#skipSpace()
    const operatorAt = this.#at
    const operator = operators.find((each) => this.#text.startsWith(each, operatorAt))
    if (!operator) throw this.#fault(`one of ${operators.join(' ')} is expected, not ${this.#found()}`)
    this.#at += operator.length
    this.#skipSpace()
    const argument = this.#word(/[^\s()"',=<>!\\]+/y, 'a value')
    this.#skipSpace()
    return { kind: 'restriction', path, operator, argument, at, operatorAt }
  }

  #path(): string[] {
    const path: string[] = []
    do {
      const { pieces } = this.#word(/[^\s()"',=<>!:.\\]+/y, 'a field')
      path.push(pieces.join('*'))
    } while (this.#take('.'))
    return path
  }

  #word(bare: RegExp, expected: string): Word {
    const at = this.#at
    const quote = this.#next
    if (quote === '"' || quote === "'") return { pieces: this.#quoted(quote), quoted: true, at }
    bare.lastIndex = at
    const [text] = bare.exec(this.#text) ?? []
    if (text === undefined) throw this.#fault(`${expected} is expected, not ${this.#found()}`)
    this.#at += text.length
    return { pieces: text.split('*'), quoted: false, at }
  }

  #quoted(quote: string): string[] {
    const start = this.#at++
    const pieces = ['']
    const add = (text: string) => pieces.push(pieces.pop() + text)
    while (this.#next !== quote) {
      if (this.#ended) {
        this.#at = start
        throw this.#fault('a string begins that does not end')
      }
      if (this.#next === '*') pieces.push('')
      else add(this.#next === '\\' ? this.#escaped() : this.#next)
      this.#at++
    }
    this.#at++
    return pieces
  }

  /** What a backslash and the character after it mean; leaves off at that character. */
  #escaped(): string {
    const character = this.#text.charAt(++this.#at)
    const meant = escapes[character] ?? (/["'\\*]/.test(character) ? character : undefined)
    if (meant === undefined) throw this.#fault('a backslash goes before one of " \' \\ * n t r')
    return meant
  }

  get #ended(): boolean {
    return this.#at >= this.#text.length
  }

  /** The character here; empty at the end. */
  get #next(): string {
    return this.#text.charAt(this.#at)
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false
    this.#at++
    return true
  }

  /** A keyword stands between spaces or parentheses; as a part of a word it means nothing. */
  #seesKeyword(keyword: string): boolean {
    const after = this.#text.charAt(this.#at + keyword.length)
    return this.#text.startsWith(keyword, this.#at) && (after === '' || /[\s()]/.test(after))
  }

  #takeKeyword(keyword: string): boolean {
    if (!this.#seesKeyword(keyword)) return false
    this.#at += keyword.length
    this.#skipSpace()
    return true
  }

  #skipSpace(): void {
    while (/\s/.test(this.#next)) this.#at++
  }

  #found(): string {
    const [word = ''] = this.#text.slice(this.#at, this.#at + 20).split(/\s/)
    return this.#ended ? 'the end' : `“${word}”`
  }

  #fault(detail: string) {
    return filterFault(this.#at, detail)
  }
}

function joined(kind: 'and' | 'or', parts: Syntax[]): Syntax {
  const [only] = parts
  return only && parts.length === 1 ? only : { kind, parts }
}
