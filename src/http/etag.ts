/** Whether an `If-None-Match` header names this ETag, or any. Compares weakly, as RFC 9110 asks for reads. */
export function matchesNone(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag) return true
  return header.split(',').some((tag) => {
    const strong = tag.trim().replace(/^W\//, '')
    return strong === etag || strong === '*'
  })
}
