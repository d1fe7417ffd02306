import { describe, expect, test } from 'vitest'
import { newOrigin, newSigningKey, Signer } from '../../src/audit/signer.ts'
import {
  leafHashOf,
  openCheckpoint,
  openNote,
  readReceipt,
  readVerifierKey,
  verifyCheckpoints,
} from '../../src/audit/verifier.mjs'

/** The example of the package that signed notes come from (golang.org/x/mod/sumdb/note). */
const known = {
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note: `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`,
}

function newLog() {
  const key = newSigningKey(newOrigin())
  return { signer: new Signer(key), key: readVerifierKey(key.verifierKey) }
}

const root = leafHashOf('a root')

describe('a signed note', () => {
  test('of somebody else is read and checked', () => {
    const { text, key } = openNote(known.note, [readVerifierKey(known.key)])
    expect(text).toMatch(/^If you think cryptography .*\nthen .*\n$/)
    expect(key.id).toBe('c74f20a3')
  })

  test.each([
    ['its text', known.note.replace('answer', 'Answer')],
    ['its signature', known.note.replace('BwJnAM', 'BwJnAA')],
    ['its blank line', known.note.replace('\n\n', '\n')],
    ['its last line break', known.note.trimEnd()],
  ])('is refused once %s was changed', (_, note) => {
    expect(() => openNote(note, [readVerifierKey(known.key)])).toThrow()
  })

  test.each(['', 'PeterNeumann', known.key.replace('c74f20a3', 'c74f20a4'), known.key.replace('+AR', '+CR')])(
    'needs a verifier key, and %j is none',
    (key) => {
      expect(() => readVerifierKey(key)).toThrow(/no Ed25519 verifier key/)
    },
  )
})

describe('a checkpoint', () => {
  test('says of which log it is, how large that is, and its root, by which key', () => {
    const { signer, key } = newLog()
    const note = signer.checkpoint(7, root)
    expect(note.split('\n').slice(0, 3)).toEqual([signer.origin, '7', root.toString('base64')])
    expect(openCheckpoint(note, [key])).toEqual({ origin: signer.origin, size: 7, root, keyId: signer.id })
  })

  test('may carry the signatures of others, which say nothing', () => {
    const { signer, key } = newLog()
    const other = newLog()
    const [, witness = ''] = other.signer.checkpoint(7, root).split('\n\n')
    const [text = '', own = ''] = signer.checkpoint(7, root).split('\n\n')
    expect(openCheckpoint(`${text}\n\n${witness}${own}`, [key]).size).toBe(7)
    expect(() => openCheckpoint(`${text}\n\n${witness}`, [key])).toThrow(/not known here/)
  })

  test('of another log is refused, and says so', () => {
    const note = newLog().signer.checkpoint(7, root)
    expect(() => openCheckpoint(note, [newLog().key])).toThrow(/of another log/)
  })

  test('of this log by an unknown key is refused', () => {
    const { key } = newLog()
    const forger = new Signer(newSigningKey(key.name))
    expect(() => openCheckpoint(forger.checkpoint(7, root), [key])).toThrow(/not known here/)
  })

  test.each([
    [/\n7\n/, '\n8\n'],
    [/\n7\n/, '\n07\n'],
    [/^clustergate/, 'Clustergate'],
  ])('is refused once %s became %j', (before, after) => {
    const { signer, key } = newLog()
    expect(() => openCheckpoint(signer.checkpoint(7, root).replace(before, after), [key])).toThrow()
  })

  test('and another of the same size with another root are no history', () => {
    const { signer, key } = newLog()
    const [one, two] = [signer.checkpoint(7, root), signer.checkpoint(7, leafHashOf('another'))]
    expect(verifyCheckpoints(one, one, [], [key]).ok).toBe(true)
    expect(() => verifyCheckpoints(one, two, [], [key])).toThrow(/does not begin with/)
    expect(() => verifyCheckpoints(signer.checkpoint(8, root), one, [], [key])).toThrow(/cut off/)
  })
})

describe('a receipt', () => {
  test('is what the two headers say', () => {
    const digest = root.toString('base64')
    expect(readReceipt(`aud_01jz8x:sha-256=${digest}`)).toEqual({ entry: 'aud_01jz8x', digest })
    expect(readReceipt(`aud_01jz8x sha-256=${digest}\n`)).toEqual({ entry: 'aud_01jz8x', digest })
  })

  test.each(['', 'aud_01jz8x', 'aud_01jz8x:sha-256=short', 'clu_01jz8x:sha-256=x'])('%j is none', (text) => {
    expect(() => readReceipt(text)).toThrow(/no receipt/)
  })
})
