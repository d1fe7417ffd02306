/** What to keep of a document: null is all of it. */
export type FieldMask = { [field: string]: FieldMask } | null

/**
 * What a mask keeps of the object that begins in a text, as `JSON.stringify` writes it, without parsing what is left out.
 * @throws Error where the text is not one, as far as it is read: to the last member that is kept
 */
export function cutMembers(text: string, mask: Exclude<FieldMask, null>, start = 0): string {
  if (text.startsWith('{}', start)) return '{}'
  const kept: string[] = []
  const wanted = Object.keys(mask).length
  let at = start
  do {
    const keyEnd = endOfString(text, at + 1)
    const valueEnd = endOfValue(text, keyEnd + 1)
    const named = text.slice(at + 1, keyEnd)
    const key = keyOf(named)
    if (Object.hasOwn(mask, key)) {
      const inner = mask[key] ?? null
      const isCut = inner !== null && text.charCodeAt(keyEnd + 1) === openBrace
      const value = isCut ? cutMembers(text, inner, keyEnd + 1) : text.slice(keyEnd + 1, valueEnd)
      kept.push(`${named}:${value}`)
    }
    at = valueEnd
    // No member comes twice.
  } while (kept.length < wanted && text.charCodeAt(at) === comma)
  return `{${kept.join(',')}}`
}

const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

function keyOf(text: string): string {
  return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1)
}

/** Behind the quote that ends the string which begins there. */
function endOfString(text: string, start: number): number {
  if (text.charCodeAt(start) !== quote) throw malformed()
  for (let end = text.indexOf('"', start + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++
    if (backslashes % 2 === 0) return end + 1
  }
  throw malformed()
}

/** Behind the value that begins there. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else {
      if (code === openBrace || code === openBracket) depth++
      else if (code === closeBrace || code === closeBracket) depth--
      at++
    }
    if (depth > 0) continue
    const next = text.charCodeAt(at)
    if (next === comma || next === closeBrace || next === closeBracket) return at
  }
  throw malformed()
}

function malformed(): Error {
  return new Error('A stored document is not JSON as the gateway writes it.')
}
