import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consistencyPath, inclusionPath, type Range, subtreesOf } from '../../src/audit/tree.ts'
import {
  emptyRoot,
  Frontier,
  joinHashes,
  leafHashOf,
  nodeHash,
  provesConsistency,
  provesInclusion,
} from '../../src/audit/verifier.mjs'

/** The leaves of the test vectors that implementations of Certificate Transparency share, and the roots of their trees. */
const inputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex').toString('latin1'))
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const of8 = {
  '0-1': 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  '1': '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  '2-3': '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '4': 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  '4-5': '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
  '6-7': 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
  '4-7': '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  '0-3': 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
}

const leaves = inputs.map(leafHashOf)

/** MTH of RFC 6962, 2.1, as it is written there. */
function treeHash(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return emptyRoot
  const [only] = hashes
  if (hashes.length === 1 && only) return only
  let middle = 1
  while (middle * 2 < hashes.length) middle *= 2
  return nodeHash(treeHash(hashes.slice(0, middle)), treeHash(hashes.slice(middle)))
}

function hashesOf(path: readonly Range[], all: readonly Buffer[]): Buffer[] {
  return path.map((range) =>
    joinHashes(
      subtreesOf(range).map(({ level, index }) =>
        treeHash(all.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      ),
    ),
  )
}

const hex = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex'))

describe('known answers', () => {
  test('the empty tree', () => {
    expect(emptyRoot.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(new Frontier().root).toEqual(emptyRoot)
  })

  test('roots of the trees of one to eight leaves', () => {
    const frontier = new Frontier()
    const seen = leaves.map((leaf) => {
      frontier.append(leaf)
      return frontier.root.toString('hex')
    })
    expect(seen).toEqual(roots)
  })

  test('paths of inclusion', () => {
    expect(hex(hashesOf(inclusionPath(0, 8), leaves))).toEqual([of8['1'], of8['2-3'], of8['4-7']])
    expect(hex(hashesOf(inclusionPath(5, 8), leaves))).toEqual([of8['4'], of8['6-7'], of8['0-3']])
    expect(hex(hashesOf(inclusionPath(2, 3), leaves))).toEqual([of8['0-1']])
    expect(hex(hashesOf(inclusionPath(1, 5), leaves))).toEqual([roots[0], of8['2-3'], of8['4']])
  })

  test('proofs of consistency', () => {
    expect(hex(hashesOf(consistencyPath(1, 8), leaves))).toEqual([of8['1'], of8['2-3'], of8['4-7']])
    expect(hex(hashesOf(consistencyPath(6, 8), leaves))).toEqual([of8['4-5'], of8['6-7'], of8['0-3']])
    expect(hex(hashesOf(consistencyPath(2, 5), leaves))).toEqual([of8['2-3'], of8['4']])
    expect(consistencyPath(0, 8)).toEqual([])
    expect(consistencyPath(8, 8)).toEqual([])
  })
})

const many = Array.from({ length: 300 }, (_, index) => leafHashOf(String(index)))
const treeSize = fc.integer({ min: 1, max: many.length })

describe('for trees of every size', () => {
  test('a proof of inclusion holds for its leaf, and for no other leaf, place or root', () => {
    fc.assert(
      fc.property(treeSize, fc.nat(), fc.nat(), (size, some, other) => {
        const leafIndex = some % size
        const all = many.slice(0, size)
        const hashes = hashesOf(inclusionPath(leafIndex, size), all)
        const root = treeHash(all)
        const leafHash = many[leafIndex] ?? emptyRoot
        const proof = { leafIndex, treeSize: size, leafHash, hashes }
        expect(provesInclusion(proof, root)).toBe(true)
        expect(provesInclusion({ ...proof, leafHash: leafHashOf('forged') }, root)).toBe(false)
        expect(provesInclusion(proof, leafHashOf('another root'))).toBe(false)
        expect(provesInclusion({ ...proof, hashes: [...hashes, root] }, root)).toBe(false)
        expect(provesInclusion({ ...proof, leafIndex: size }, root)).toBe(false)
        const elsewhere = other % size
        if (elsewhere !== leafIndex)
          expect(provesInclusion({ ...proof, leafIndex: elsewhere }, root)).toBe(false)
      }),
    )
  })

  test('a proof of consistency holds for its two roots, and for no others', () => {
    fc.assert(
      fc.property(treeSize, treeSize, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const hashes = hashesOf(consistencyPath(from, to), many)
        const earlier = { size: from, root: treeHash(many.slice(0, from)) }
        const later = { size: to, root: treeHash(many.slice(0, to)) }
        expect(provesConsistency(earlier, later, hashes)).toBe(true)
        const forged = leafHashOf('forged')
        expect(provesConsistency({ ...earlier, root: forged }, later, hashes)).toBe(false)
        expect(provesConsistency(earlier, { ...later, root: forged }, hashes)).toBe(false)
        expect(provesConsistency(earlier, later, [...hashes, forged])).toBe(false)
        if (from < to) expect(provesConsistency(later, earlier, hashes)).toBe(false)
      }),
    )
  })

  test('a frontier that was kept goes on as if it had never stopped, and tells of each complete subtree once', () => {
    fc.assert(
      fc.property(treeSize, treeSize, (a, b) => {
        const [kept, size] = [Math.min(a, b), Math.max(a, b)]
        const begun = new Frontier()
        for (const leaf of many.slice(0, kept)) begun.append(leaf)
        const resumed = new Frontier(kept, begun.peaks)
        const told: string[] = []
        for (const leaf of many.slice(kept, size)) {
          resumed.append(leaf, (level, index, hash) => {
            told.push(`${level} ${index}`)
            expect(hash).toEqual(treeHash(many.slice(index * 2 ** level, (index + 1) * 2 ** level)))
          })
        }
        expect(resumed.root).toEqual(treeHash(many.slice(0, size)))
        expect(new Set(told).size).toBe(told.length)
      }),
    )
  })
})
