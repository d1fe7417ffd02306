/**
 * Whether a text fits a pattern in which `*` stands for any characters and `?` for one. It never goes back further than
 * the last `*`, so that no pattern takes longer than the product of both lengths.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0
  let next = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    if (next < pattern.length && pattern[next] === '*') {
      star = next
      next += 1
      resume = at
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      next += 1
      at += 1
    } else if (star >= 0) {
      next = star + 1
      resume += 1
      at = resume
    } else {
      return false
    }
  }
  return /^\**$/.test(pattern.slice(next))
}
