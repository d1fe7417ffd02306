/** The leaves from `first` on, up to and without `end`. */
export interface Range {
  first: number
  end: number
}

/** A complete subtree: the 2^level leaves from index × 2^level on. */
export interface Subtree {
  level: number
  index: number
}

/** The parts of the tree whose hashes prove that the leaf is in the tree of that size (RFC 6962, 2.1.1), leaf to root. */
export function inclusionPath(leafIndex: number, size: number): Range[] {
  const path: Range[] = []
  let range: Range = { first: 0, end: size }
  while (range.end - range.first > 1) {
    const [left, right] = halves(range)
    const inLeft = leafIndex < left.end
    path.push(inLeft ? right : left)
    range = inLeft ? left : right
  }
  return path.reverse()
}

/** The parts of the tree whose hashes prove that the tree of size `to` begins with that of size `from` (RFC 6962, 2.1.2). */
export function consistencyPath(from: number, to: number): Range[] {
  if (from === 0 || from === to) return []
  const path: Range[] = []
  let range: Range = { first: 0, end: to }
  while (range.end !== from) {
    const [left, right] = halves(range)
    const inLeft = from <= left.end
    path.push(inLeft ? right : left)
    range = inLeft ? left : right
  }
  // Where the old tree is one complete subtree, whoever checks has its hash.
  if (range.first > 0) path.push(range)
  return path.reverse()
}

/** The complete subtrees that make up a part of the tree, from left to right. */
export function subtreesOf({ first, end }: Range): Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = first; at < end; ) {
    let level = 0
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level++
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** A tree is cut at the largest power of two that is less than its size. */
function halves({ first, end }: Range): [Range, Range] {
  let size = 1
  while (size * 2 < end - first) size *= 2
  const middle = first + size
  return [
    { first, end: middle },
    { first: middle, end },
  ]
}
