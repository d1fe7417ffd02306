/** More of one thing would be no help to anybody who searches. */
const mostWords = 200
const longestWord = 64

/** The words by which a text is found: letters and digits, in lower case and without accents. */
export function wordsOf(texts: readonly (string | null)[]): string[] {
  const words = texts
    .flatMap((text) =>
      (text ?? '')
        .normalize('NFKD')
        .replace(/\p{M}+/gu, '')
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u),
    )
    .filter((word) => word !== '')
    .map((word) => word.slice(0, longestWord).toWellFormed())
  return [...new Set(words)].slice(0, mostWords)
}
