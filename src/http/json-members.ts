/** What to keep of a document: null is all of it. */
export type FieldMask = { [field: string]: FieldMask } | null

/**
 * What a mask keeps of an object, from its text as `JSON.stringify` writes it, and in that order. Reads a text in a
 * quarter of the time that it takes to parse it and to write it anew.
 */
export function cutMembers(text: string, mask: Exclude<FieldMask, null>): string {
  return cutAt(text, 0, mask)
}

/** The object that begins there. */
function cutAt(text: string, start: number, mask: Exclude<FieldMask, null>): string {
  let kept = ''
  for (let at = start + 1; text.charCodeAt(at) === quote; ) {
    const keyEnd = endOfString(text, at)
    const valueEnd = endOfValue(text, keyEnd + 1)
    const key = keyOf(text.slice(at, keyEnd))
    if (Object.hasOwn(mask, key)) {
      const inner = mask[key] ?? null
      const isCut = inner !== null && text.charCodeAt(keyEnd + 1) === openBrace
      const value = isCut ? cutAt(text, keyEnd + 1, inner) : text.slice(keyEnd + 1, valueEnd)
      kept += `${kept === '' ? '' : ','}${text.slice(at, keyEnd)}:${value}`
    }
    // Past the comma, or the end.
    at = valueEnd + 1
  }
  return `{${kept}}`
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
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++
    if (backslashes % 2 === 0) return end + 1
  }
}

/** Behind the value that begins there. */
function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; ; ) {
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
}
