#!/usr/bin/env node
/**
 * Checks the audit log of a clustergate without trusting it, offline: one file, plain JavaScript, no dependencies, Node 18 or
 * later. Copy it to wherever you trust. `--help` tells what it can check; docs/audit.md tells what the formats are.
 *
 * Merkle trees are those of RFC 6962 (proofs checked as RFC 9162 says), leaves are canonical JSON (RFC 8785), checkpoints are
 * C2SP tlog-checkpoints in C2SP signed notes, signed with Ed25519.
 */
import * as crypto from 'node:crypto'
import { createReadStream, readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** What was given cannot be checked, as it is not what it should be. The message is for whoever gave it. */
export class Refusal extends Error {
  /** @override */
  name = 'Refusal'
}

/** What was given was checked, and its signature, proof or root does not hold. */
export class Disproof extends Refusal {
  /** @override */
  name = 'Disproof'
}

/** It was not said rightly what is to be checked. */
class Misuse extends Error {}

// --- Hashes and trees (RFC 6962, 2.1) ---

/**
 * Where Node has it, the call for one hash: it takes a third of the time, and by way of a string a sixth.
 * @type {(data: string | Uint8Array) => Buffer}
 */
const sha256 =
  typeof crypto.hash === 'function'
    ? (data) => Buffer.from(crypto.hash('sha256', data, 'binary'), 'binary')
    : (data) => crypto.createHash('sha256').update(data).digest()

export const emptyRoot = sha256('')

/** @param {string} leaf */
export function leafHashOf(leaf) {
  return sha256(`\0${leaf}`)
}

/** 0x01, left, right. One buffer for all, as there are as many as there are leaves. */
const nodeInput = Buffer.alloc(65, 1)

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function nodeHash(left, right) {
  nodeInput.set(left, 1)
  nodeInput.set(right, 33)
  return sha256(nodeInput)
}

/**
 * The hash of what complete subtrees, from left to right, make up together.
 * @param {readonly Buffer[]} hashes
 */
export function joinHashes(hashes) {
  return hashes.length === 0 ? emptyRoot : hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** What must be kept of a tree to go on appending to it: its size, and the roots of its complete subtrees, largest first. */
export class Frontier {
  /**
   * @param {number} [size]
   * @param {Buffer[]} [peaks]
   */
  constructor(size = 0, peaks = []) {
    this.size = size
    this.peaks = [...peaks]
  }

  /**
   * @param {Buffer} leafHash
   * @param {(level: number, index: number, hash: Buffer) => void} [completed] told of every subtree that is complete now
   */
  append(leafHash, completed) {
    let hash = leafHash
    let index = this.size
    for (let level = 1; index % 2 === 1; level++) {
      const left = this.peaks.pop()
      if (left === undefined) throw new Refusal('The frontier of a tree lacks a hash.')
      hash = nodeHash(left, hash)
      index = (index - 1) / 2
      completed?.(level, index, hash)
    }
    this.peaks.push(hash)
    this.size++
  }

  get root() {
    return joinHashes(this.peaks)
  }
}

/**
 * Whether the leaf is in the tree of that root, at that index.
 * @param {{ leafIndex: number, treeSize: number, leafHash: Buffer, hashes: Buffer[] }} proof
 * @param {Buffer} root
 */
export function provesInclusion({ leafIndex, treeSize, leafHash, hashes }, root) {
  if (leafIndex >= treeSize) return false
  let [node, last, hash] = [leafIndex, treeSize - 1, leafHash]
  for (const sibling of hashes) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else hash = nodeHash(hash, sibling)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && hash.equals(root)
}

/**
 * Whether the tree of the second root begins with all that is in the tree of the first.
 * @param {{ size: number, root: Buffer }} from
 * @param {{ size: number, root: Buffer }} to
 * @param {Buffer[]} hashes
 */
export function provesConsistency(from, to, hashes) {
  if (from.size > to.size) return false
  if (from.size === to.size) return hashes.length === 0 && from.root.equals(to.root)
  if (from.size === 0) return hashes.length === 0 && from.root.equals(emptyRoot)
  let [node, last] = [from.size - 1, to.size - 1]
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  // Where the old tree is one complete subtree, its root begins the proof and is not repeated in it.
  const [first, ...path] = node === 0 ? [from.root, ...hashes] : hashes
  if (first === undefined) return false
  let [oldHash, newHash] = [first, first]
  for (const sibling of path) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash)
      newHash = nodeHash(sibling, newHash)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else newHash = nodeHash(newHash, sibling)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && oldHash.equals(from.root) && newHash.equals(to.root)
}

/** @param {number} n */
function half(n) {
  return Math.floor(n / 2)
}

// --- Keys, notes and checkpoints (C2SP signed-note, tlog-checkpoint) ---

/** @typedef {{ name: string, id: string, text: string, key: crypto.KeyObject }} VerifierKey */
/** @typedef {{ origin: string, size: number, root: Buffer, keyId: string }} Checkpoint */

const ed25519 = 1
/** What stands before the 32 bytes of an Ed25519 public key in DER (RFC 8410). */
const derPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * `name+hash+key`, as verifier keys are written.
 * @param {string} name
 * @param {Buffer} publicKey 32 bytes
 */
export function verifierKeyText(name, publicKey) {
  const typed = Buffer.concat([Buffer.of(ed25519), publicKey])
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).toString('hex', 0, 4)
  return `${name}+${id}+${typed.toString('base64')}`
}

/** @param {string} text @returns {VerifierKey} */
export function readVerifierKey(text) {
  const [, name = '', id = '', base64 = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([\w+/=]+)$/.exec(text.trim()) ?? []
  const typed = Buffer.from(base64, 'base64')
  if (
    typed.length !== 33 ||
    typed[0] !== ed25519 ||
    verifierKeyText(name, typed.subarray(1)) !== text.trim()
  ) {
    throw new Refusal(`${JSON.stringify(text.slice(0, 200))} is no Ed25519 verifier key (name+hash+key).`)
  }
  const der = Buffer.concat([derPrefix, typed.subarray(1)])
  return {
    name,
    id,
    text: text.trim(),
    key: crypto.createPublicKey({ key: der, format: 'der', type: 'spki' }),
  }
}

/**
 * The signed text of a note, and the key whose signature under it is right.
 * @param {string} note
 * @param {readonly VerifierKey[]} keys
 */
export function openNote(note, keys) {
  const end = note.lastIndexOf('\n\n')
  const text = note.slice(0, end + 1)
  const lines = note.slice(end + 2).split('\n')
  if (end < 0 || lines.pop() !== '' || lines.length === 0) throw new Refusal('It is no signed note.')
  for (const line of lines) {
    const [, name = '', base64 = ''] = /^— ([^\s+]+) ([\w+/]+=*)$/.exec(line) ?? []
    const signature = Buffer.from(base64, 'base64')
    if (signature.length < 5) throw new Refusal('It is no signed note: a signature is malformed.')
    const id = signature.toString('hex', 0, 4)
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id)
    // Signatures of others, such as witnesses, are allowed and say nothing to us.
    if (!key) continue
    if (!crypto.verify(null, Buffer.from(text), key.key, signature.subarray(4))) {
      throw new Disproof(`The signature by the key ${id} is wrong: the note was changed or forged.`)
    }
    return { text, key }
  }
  const signers = lines.map((line) => line.split(' ')[1]).join(', ')
  throw new Disproof(
    `It is signed by ${signers} with a key that is not known here (${keys.map(({ name, id }) => `${name} ${id}`).join(', ') || 'none is'}).`,
  )
}

/** @param {string} note what it says, without a look at its signature */
export function readCheckpoint(note) {
  const [, origin = '', size = '', base64 = ''] =
    /^([^\n]+)\n(0|[1-9]\d{0,14})\n([\w+/]{43}=)\n/.exec(note) ?? []
  if (origin === '') throw new Refusal('It is no checkpoint of a log.')
  return { origin, size: Number(size), root: Buffer.from(base64, 'base64') }
}

/**
 * A checkpoint, after its signature was checked.
 * @param {string} note
 * @param {readonly VerifierKey[]} keys
 * @returns {Checkpoint}
 */
export function openCheckpoint(note, keys) {
  const { origin } = readCheckpoint(note)
  const logs = [...new Set(keys.map(({ name }) => name))]
  if (logs.length > 0 && !logs.includes(origin)) {
    throw new Refusal(`It is a checkpoint of another log: of ${origin}, and not of ${logs.join(', ')}.`)
  }
  const { text, key } = openNote(note, keys)
  if (key.name !== origin) throw new Disproof(`It is a checkpoint of ${origin}, signed by ${key.name}.`)
  return { ...readCheckpoint(text), keyId: key.id }
}

// --- A whole log, leaf by leaf ---

/**
 * What is wrong, where, and in words. `index` and `last` are leaf indexes; `entry` and `lastEntry` ids.
 * @typedef {{ kind: 'edited' | 'deleted' | 'inserted' | 'reordered' | 'cut-off' | 'changed' | 'checkpoint' | 'receipt',
 *   index?: number, last?: number, entry?: string, lastEntry?: string, text: string }} Finding
 */
/** @typedef {{ entry: string, digest: string }} Receipt */
/** @typedef {{ first: number, last: number, firstId: string, lastId: string }} Run */

/** A checkpoint covers at most so many entries more than the one before it. */
export const largestBatch = 256

/**
 * Takes the leaves of a log in their order, with each checkpoint right after the last leaf that it covers, and finds what
 * does not fit. It keeps no more than what it found.
 */
export class LogCheck {
  /**
   * @param {{ keys: readonly VerifierKey[], receipts?: readonly Receipt[], held?: readonly string[],
   *   first?: number, peaks?: Buffer[], bodiesEnd?: number }} options `held`: checkpoints that were kept elsewhere.
   *   `first`, `peaks`: where the part of the log begins, if not at its beginning; `bodiesEnd`: where its bodies end.
   */
  constructor({
    keys,
    receipts = [],
    held = [],
    first = 0,
    peaks = [],
    bodiesEnd = Number.POSITIVE_INFINITY,
  }) {
    this.keys = keys
    this.first = first
    this.bodiesEnd = bodiesEnd
    this.tree = new Frontier(first, peaks)
    /** @type {Finding[]} */
    this.findings = []
    this.checkpoints = 0
    this.covered = first
    /** The size at which a checkpoint last had the root of the tree. */
    this.proven = 0
    /** @type {Checkpoint | null} */
    this.latest = null
    this.entries = 0
    /** The leaf with the first body. @type {number | null} */
    this.firstBody = null
    /** What the log says of retention: all before an index was removed, says the entry at another. */
    this.pruning = { before: 0, index: 0, id: '' }
    /** From the first that is wrong on, roots tell nothing more. */
    this.broken = false
    /** @type {string[]} ids since the last checkpoint */
    this.batch = []
    /** @type {Run[]} leaves without a body */
    this.bare = []
    /** @type {string[]} entries of which a receipt is held and that were logged, but whose body is gone */
    this.receiptsWithoutBody = []
    /** @type {{ index: number, id: string, stated: string, computed: string }[]} */
    this.mismatches = []
    /** @type {Map<string, Receipt>} by digest */
    this.awaited = new Map(receipts.map((receipt) => [receipt.digest, receipt]))
    this.awaitedIds = new Map(receipts.map(({ entry }) => [entry, false]))
    /** @type {Checkpoint[]} */
    this.held = []
    for (const note of held) this.hold(note)
  }

  /** @param {string} note */
  hold(note) {
    const checkpoint = openCheckpoint(note, this.keys)
    if (checkpoint.size < this.first) {
      throw new Refusal(
        `The checkpoint over ${checkpoint.size} entries ends before this part of the log begins, at index ${this.first}.`,
      )
    }
    this.held.push(checkpoint)
    this.held.sort((a, b) => a.size - b.size)
  }

  /** @param {Finding} finding */
  find(finding) {
    this.findings.push(finding)
  }

  /**
   * @param {number} index
   * @param {string} id
   * @param {Buffer} stated the leaf hash that is kept beside the entry
   * @param {Buffer | null} computed the leaf hash of the body; null where there is no body
   * @param {() => string} bodyText
   */
  leaf(index, id, stated, computed, bodyText) {
    if (index !== this.tree.size) this.outOfPlace(index, id)
    this.compareHeld()
    if (computed === null) this.noBody(index, id)
    else {
      this.entries++
      this.firstBody ??= index
      if (computed.equals(stated)) this.heedPruning(index, id, bodyText())
      else this.mismatch(index, id, stated, computed)
    }
    if (this.awaited.size > 0) this.heed(index, id, stated, computed)
    this.tree.append(stated, this.completed)
    this.batch.push(id)
  }

  /** Told of every complete subtree; for whoever has them stored. @type {((level: number, index: number, hash: Buffer) => void) | undefined} */
  completed = undefined

  /** @param {number} index @param {string} id */
  outOfPlace(index, id) {
    const { size } = this.tree
    if (index > size) {
      const last = index - 1
      const text = `${span(size, last)} of the log ${last > size ? 'are' : 'is'} gone, with ${last > size ? 'their leaf hashes' : 'its leaf hash'}; ${id} follows.`
      this.find({ kind: 'deleted', index: size, last, text })
    } else {
      this.find({
        kind: 'reordered',
        index,
        entry: id,
        text: `${id} claims index ${index}, after index ${size - 1}.`,
      })
    }
    // The hashes in between are not known, so that no root can be computed from here on.
    this.broken = true
    this.tree = new ForgetfulFrontier(index)
    this.batch = []
  }

  /** @param {number} index @param {string} id */
  noBody(index, id) {
    const run = this.bare.at(-1)
    if (run && run.last === index - 1) Object.assign(run, { last: index, lastId: id })
    else this.bare.push({ first: index, last: index, firstId: id, lastId: id })
  }

  /**
   * How far retention has gone is what the log itself says, and never beyond the entry that says it.
   * @param {number} index @param {string} id @param {string} text
   */
  heedPruning(index, id, text) {
    if (!text.startsWith('{"action":"audit.prune"')) return
    const before = Math.min(prunedBefore(text), index)
    if (before > this.pruning.before) this.pruning = { before, index, id }
  }

  /** @param {number} index @param {string} id @param {Buffer} stated @param {Buffer} computed */
  mismatch(index, id, stated, computed) {
    this.mismatches.push({
      index,
      id,
      stated: stated.toString('base64'),
      computed: computed.toString('base64'),
    })
  }

  /**
   * @param {number | null} index null before it has its place
   * @param {string} id
   * @param {Buffer} stated
   * @param {Buffer | null} computed
   */
  heed(index, id, stated, computed) {
    if (this.awaitedIds.has(id)) this.awaitedIds.set(id, true)
    const digest = (computed ?? stated).toString('base64')
    if (!this.awaited.delete(digest) || computed !== null) return
    if (index === null || index < this.bodiesEnd) return void this.receiptsWithoutBody.push(id)
    const text = `${id} (index ${index}), for which you hold a receipt, was logged, but this export has no bodies from index ${this.bodiesEnd} on: ask for more of it.`
    this.find({ kind: 'receipt', index, entry: id, text })
  }

  /** @param {string} note */
  checkpoint(note) {
    this.checkpoints++
    const { size } = this.tree
    let opened
    try {
      opened = openCheckpoint(note, this.keys)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const text = `A checkpoint kept after ${size} entries is not good. ${error.message}`
      return this.find({ kind: 'checkpoint', index: size - 1, text })
    }
    if (this.latest === null || opened.size > this.latest.size) this.latest = opened
    if (opened.size > size) {
      return this.cutOff(size, opened.size)
    }
    if (opened.size < size) {
      if (opened.size < this.covered || this.broken) return
      const text = `A checkpoint over ${opened.size} entries stands after ${size}.`
      return this.find({ kind: 'checkpoint', index: size - 1, text })
    }
    if (!this.broken) this.judgeRoot(opened)
    this.covered = size
    this.batch = []
  }

  /** @param {Checkpoint} checkpoint over as much as there is */
  judgeRoot({ size, root }) {
    if (!root.equals(this.tree.root)) return this.wrongRoot(size)
    this.proven = size
    if (size - this.covered <= largestBatch) return
    const text = `No checkpoint is kept between those over ${this.covered} and ${size} entries, though at most ${largestBatch} share one: some were removed.`
    this.find({ kind: 'checkpoint', index: this.covered, last: size - 1, text })
  }

  /**
   * Of many checkpoints over more than there is, the one over most tells all.
   * @param {number} size
   * @param {number} signed
   */
  cutOff(size, signed) {
    this.findings = this.findings.filter(({ kind }) => kind !== 'cut-off')
    const text = `A checkpoint was signed over ${signed} entries; of these the log has ${size}: ${span(size, signed - 1)} ${signed - size > 1 ? 'were' : 'was'} cut off.`
    this.find({ kind: 'cut-off', index: size, last: signed - 1, text })
  }

  /** @param {number} size */
  wrongRoot(size) {
    this.broken = true
    if (this.batch.length === 0) {
      const text = `What is said to be the first ${size} entries of the log has not the root that a checkpoint over ${size} signs.`
      return this.find({ kind: 'changed', index: 0, last: size - 1, text })
    }
    const last = size - 1
    const index = size - this.batch.length
    const [entry = '', lastEntry = ''] = [this.batch[0], this.batch.at(-1)]
    // The sequencer takes the entries of a batch in the order of their ids.
    for (const [at, id] of this.batch.entries()) {
      const before = this.batch[at - 1]
      if (before === undefined || before < id) continue
      this.find({
        kind: 'reordered',
        index: index + at,
        entry: id,
        text: `${id} (index ${index + at}) stands after ${before}, which is younger.`,
      })
    }
    const text = `Entries and leaf hashes were changed together: the log agrees with its signed checkpoints up to ${index} entries, and no more with that over ${size}. What was edited, inserted, deleted or reordered is in ${span(index, last)} (${entry} … ${lastEntry}); what follows cannot be judged by checkpoints.`
    this.find({ kind: 'changed', index, last, entry, lastEntry, text })
  }

  /** Compares with the checkpoints kept elsewhere that are of the size which the tree has now. */
  compareHeld() {
    while (this.held[0] !== undefined && this.held[0].size <= this.tree.size) {
      const held = this.held.shift()
      if (held && held.size === this.tree.size && !this.broken && !held.root.equals(this.tree.root)) {
        this.broken = true
        const text = `The log is not the one of the checkpoint that you hold: something among its first ${held.size} entries was changed.`
        this.find({ kind: 'changed', index: this.first, last: held.size - 1, text })
      }
    }
  }

  /** To be called at the end. */
  finish() {
    this.compareHeld()
    this.judgeMismatches()
    this.judgeBare()
    this.judgePruning()
    this.judgeEnd()
    const { tree, entries, checkpoints, findings, latest, receiptsWithoutBody } = this
    const bodiesEnd = Math.min(this.bodiesEnd, tree.size)
    return {
      ok: findings.length === 0,
      whole: this.first === 0 && bodiesEnd === tree.size,
      origin: this.keys[0]?.name ?? null,
      first: this.first,
      bodiesEnd,
      treeSize: tree.size,
      rootHash: latest?.root.toString('base64') ?? null,
      entries,
      pruned: this.prunedEnd() - this.first,
      checkpoints,
      receiptsWithoutBody,
      findings,
    }
  }

  /** Retention removes a beginning of the log: what it accounts for are the leaves at the beginning that have no body. */
  prunedEnd() {
    const [run] = this.bare
    if (run?.first !== this.first) return this.first
    return Math.max(this.first, Math.min(run.last + 1, this.pruning.before))
  }

  judgePruning() {
    const { before, index, id } = this.pruning
    const { firstBody } = this
    if (firstBody === null || firstBody >= before) return
    const text = `${id} (index ${index}) says that retention removed all before index ${before}, of which that at index ${firstBody} is there: it was forged, or what was removed was put back.`
    this.find({ kind: 'inserted', index, entry: id, text })
  }

  judgeMismatches() {
    const places = new Map(this.mismatches.map((mismatch) => [mismatch.stated, mismatch]))
    for (const { index, id, computed } of this.mismatches) {
      const home = places.get(computed)
      if (home) {
        const text = `What stands at index ${index} as ${id} belongs to index ${home.index}, ${home.id}: the two were swapped.`
        this.find({ kind: 'reordered', index, entry: id, text })
      } else {
        this.find({
          kind: 'edited',
          index,
          entry: id,
          text: `${id} (index ${index}) was edited: it no longer has the hash under which it was logged.`,
        })
      }
    }
  }

  judgeBare() {
    const prunedEnd = this.prunedEnd()
    for (const run of this.bare) {
      const first = Math.max(run.first, prunedEnd)
      const last = Math.min(run.last, this.bodiesEnd - 1)
      if (first > last) continue
      const firstId = first === run.first ? run.firstId : ''
      const lastId = last === run.last ? run.lastId : ''
      const names = [...new Set([firstId, lastId])].filter(Boolean).join(' … ')
      const text = `${names || 'Entries'} (${span(first, last)}) ${last > first ? 'were' : 'was'} deleted: only the leaf hash is left, and no retention accounts for it.`
      this.find({
        kind: 'deleted',
        index: first,
        last,
        ...(firstId && { entry: firstId }),
        ...(lastId && { lastEntry: lastId }),
        text,
      })
    }
  }

  judgeEnd() {
    const { size } = this.tree
    if (size > this.covered && !(this.latest && this.latest.size > size)) {
      const [entry = '', lastEntry = ''] = [this.batch[0], this.batch.at(-1)]
      const text = `No checkpoint that holds covers ${span(this.covered, size - 1)} (${entry} … ${lastEntry}): inserted, or its checkpoint was removed or replaced.`
      this.find({ kind: 'inserted', index: this.covered, last: size - 1, entry, lastEntry, text })
    } else if (size > this.proven && this.findings.length === 0) {
      const text = `No checkpoint tells that the log has ${size} entries.`
      this.find({ kind: 'checkpoint', index: size - 1, text })
    }
    for (const held of this.held) {
      const text = `You hold a checkpoint over ${held.size} entries; the log ends after ${size}: the end was cut off.`
      this.find({ kind: 'cut-off', index: size, last: held.size - 1, text })
    }
    for (const { entry } of this.awaited.values()) this.missed(entry)
  }

  /** @param {string} entry */
  missed(entry) {
    const where = this.first > 0 ? ` This part of the log begins with index ${this.first}.` : ''
    const text = this.awaitedIds.get(entry)
      ? `${entry} is not what you hold a receipt for: it was edited.`
      : `${entry}, for which you hold a receipt, is not in the log: it was deleted or cut off.${where}`
    this.find({ kind: 'receipt', entry, text })
  }
}

/** Counts on where hashes are missing. */
class ForgetfulFrontier extends Frontier {
  /** @override */
  append() {
    this.size++
  }
}

/** @param {number} first @param {number} last */
function span(first, last) {
  return first === last ? `index ${first}` : `indexes ${first} to ${last}`
}

/** How far retention has pruned, as an entry of it tells; 0 for what only begins like one. @param {string} text */
function prunedBefore(text) {
  let changes
  try {
    changes = JSON.parse(text).changes
  } catch {
    return 0
  }
  const change = Array.isArray(changes) ? changes.find((each) => each?.path === '/prunedBefore') : null
  return isCount(change?.after) ? change.after : 0
}

// --- Receipts and canonical JSON ---

/** `aud_…:sha-256=…`, from the headers `Audit-Entry` and `Audit-Digest`. @param {string} text @returns {Receipt} */
export function readReceipt(text) {
  const [, entry = '', digest = ''] = /^(aud_\w+)[:\s]+sha-256=([\w+/]{43}=)$/.exec(text.trim()) ?? []
  if (digest === '')
    throw new Refusal(`${JSON.stringify(text.slice(0, 200))} is no receipt (aud_…:sha-256=…).`)
  return { entry, digest }
}

/** RFC 8785. @param {unknown} value @returns {string} */
export function canonicalText(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalText(member)}`).join(',')}}`
}

// --- Exports ---

const leafLine = /^\{"leafIndex":(\d+),"entryId":"([^"]{1,64})","leafHash":"([\w+/]{43}=)"(?:,"entry":|\}$)/

/**
 * Checks an export, in constant memory.
 * @param {AsyncIterable<Buffer>} chunks
 * @param {{ keys?: readonly VerifierKey[], receipts?: readonly Receipt[], held?: readonly string[] }} [given] `keys`: those
 *   that are trusted; left out, those that the export names itself
 */
export async function verifyExport(chunks, { keys, receipts = [], held = [] } = {}) {
  /** @type {LogCheck | null} */
  let check = null
  let ended = false
  for await (const some of lines(chunks)) {
    for (const line of some) {
      if (check === null) check = begin(line, keys, receipts, held)
      else if (ended) throw new Refusal('There is more after the end of the export.')
      else if (line.toString('latin1', 0, 13) === '{"leafIndex":') takeLeaf(check, line)
      else ended = takeOther(check, line)
    }
  }
  if (check === null) throw new Refusal('The export is empty.')
  if (!ended) breaksOff(check, 'its last line is missing')
  return { ...check.finish(), keysPinned: keys !== undefined }
}

/** @param {LogCheck} check @param {string} how */
function breaksOff(check, how) {
  check.find({ kind: 'cut-off', index: check.tree.size, text: `The export breaks off: ${how}.` })
}

/** @param {Buffer} line @param {readonly VerifierKey[] | undefined} pinned @param {readonly Receipt[]} receipts @param {readonly string[]} held */
function begin(line, pinned, receipts, held) {
  const header = parse(line.toString())?.clustergateAuditExport
  if (header?.version !== 1) throw new Refusal('It is no export of an audit log, or one of a later version.')
  const { origin, first, peaks, bodiesEnd, keys } = header
  const wellFormed =
    isCount(first) && isCount(bodiesEnd) && bodiesEnd >= first && areHashes(peaks) && areStrings(keys)
  // A tree is made up of as many complete subtrees as its size has ones in binary.
  if (!wellFormed || peaks.length !== first.toString(2).replaceAll('0', '').length) {
    throw new Refusal('The first line of the export is not what it should be.')
  }
  if (pinned?.every(({ name }) => name !== origin)) {
    throw new Refusal(`It is an export of another log: of ${origin}, and not of ${pinned[0]?.name}.`)
  }
  return new LogCheck({
    keys: pinned ?? keys.map(readVerifierKey),
    receipts,
    held,
    first,
    peaks: peaks.map((/** @type {string} */ text) => Buffer.from(text, 'base64')),
    bodiesEnd,
  })
}

/** @param {unknown} value @returns {value is number} */
function isCount(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

/** @param {unknown} value @returns {value is string[]} */
function areStrings(value) {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** @param {unknown} value @returns {value is string[]} in base64 */
function areHashes(value) {
  return areStrings(value) && value.every((text) => /^[\w+/]{43}=$/.test(text))
}

/** A line that is no leaf. Answers whether it is the last. @param {LogCheck} check @param {Buffer} line */
function takeOther(check, line) {
  const { checkpoint, end } = parse(line.toString()) ?? {}
  if (typeof checkpoint === 'string') check.checkpoint(checkpoint)
  else if (!isCount(end?.treeSize) || !isCount(end?.entries))
    throw new Refusal(`There is a line that is no part of an export: ${line.toString('utf8', 0, 80)}`)
  else takeEnd(check, end)
  return end !== undefined
}

/** @param {LogCheck} check @param {{ treeSize: number, entries: number }} end */
function takeEnd(check, { treeSize, entries }) {
  const { size } = check.tree
  if (treeSize !== size) breaksOff(check, `its end tells of ${treeSize} places, and it has ${size}`)
  // Where places are missing, that is told already.
  else if (entries !== check.entries && !check.broken) {
    breaksOff(check, `its end tells of ${entries} entries, and it has ${check.entries}`)
  }
  if (check.bodiesEnd > size)
    breaksOff(check, `it was to have the entries before index ${check.bodiesEnd}, and ends at ${size}`)
}

/** @param {LogCheck} check @param {Buffer} line */
function takeLeaf(check, line) {
  const match = leafLine.exec(line.toString('latin1', 0, 200))
  if (!match)
    throw new Refusal(`There is a line that is no part of an export: ${line.toString('utf8', 0, 80)}`)
  const [head, index = '', id = '', hash = ''] = match
  if (line[line.length - 1] !== 125) throw new Refusal(`The line of ${id} does not end as it should.`)
  const stated = Buffer.from(hash, 'base64')
  if (head.endsWith('}')) return check.leaf(Number(index), id, stated, null, () => '')
  // The byte before the leaf becomes the 0x00 that is hashed before it, which saves a copy of each.
  line[head.length - 1] = 0
  const computed = sha256(line.subarray(head.length - 1, -1))
  check.leaf(Number(index), id, stated, computed, () => leafText(line, head.length))
}

/** As much of an entry as is needed: all of a prune's, the beginning of others. @param {Buffer} line @param {number} start */
function leafText(line, start) {
  const beginning = line.toString('latin1', start, start + 24)
  return beginning.startsWith('{"action":"audit.prune"')
    ? line.toString('utf8', start, line.length - 1)
    : beginning
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal(`It is not JSON: ${text.slice(0, 80)}`)
  }
}

/** The lines of each chunk together: one by one, most of the time would go into waiting. @param {AsyncIterable<Buffer>} chunks */
async function* lines(chunks) {
  /** @type {Buffer} */
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const some = []
    let start = 0
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
      some.push(text.subarray(start, end))
      start = end + 1
    }
    rest = text.subarray(start)
    yield some
  }
  if (rest.length > 0) yield [rest]
}

// --- One entry, and two checkpoints ---

/**
 * Checks an entry, as the API gives it, by its proof.
 * @param {string} entryText
 * @param {{ leafIndex: number, treeSize: number, leafHash: string, hashes: string[], checkpoint: string }} proof
 * @param {readonly VerifierKey[]} keys
 */
export function verifyEntry(entryText, proof, keys) {
  const { leafIndex, leafHash: stated, hashes, checkpoint: note } = proof ?? {}
  if (!isCount(leafIndex) || !areHashes([stated]) || !areHashes(hashes) || typeof note !== 'string') {
    throw new Refusal('What is given as the proof is no proof of an entry.')
  }
  // However it was laid out meanwhile.
  const entry = parse(entryText)
  if (!/^aud_/.test(entry?.id)) throw new Refusal('What is given as the entry is no audit entry.')
  const checkpoint = openCheckpoint(note, keys)
  const leafHash = leafHashOf(canonicalText(entry))
  if (leafHash.toString('base64') !== stated) {
    throw new Disproof(`${entry.id} is not the entry of this proof, or it was edited.`)
  }
  const path = hashes.map((text) => Buffer.from(text, 'base64'))
  const { size: treeSize, root } = checkpoint
  if (!provesInclusion({ leafIndex, treeSize, leafHash, hashes: path }, root)) {
    throw new Disproof(`The proof does not lead from ${entry.id} to the root that the checkpoint signs.`)
  }
  return {
    ok: true,
    entry: String(entry.id),
    leafIndex,
    treeSize,
    origin: checkpoint.origin,
  }
}

/**
 * Checks that the log of the first checkpoint is the beginning of that of the second.
 * @param {string} fromNote
 * @param {string} toNote
 * @param {string[]} hashes
 * @param {readonly VerifierKey[]} keys
 */
export function verifyCheckpoints(fromNote, toNote, hashes, keys) {
  if (!areHashes(hashes)) throw new Refusal('What is given as the proof is no proof of consistency.')
  const [from, to] = [openCheckpoint(fromNote, keys), openCheckpoint(toNote, keys)]
  if (from.origin !== to.origin) throw new Refusal(`They are of two logs, ${from.origin} and ${to.origin}.`)
  if (from.size > to.size)
    throw new Disproof(
      'The first is larger than the second: the log was cut off, or name them the other way round.',
    )
  const path = hashes.map((text) => Buffer.from(text, 'base64'))
  if (!provesConsistency(from, to, path)) {
    throw new Disproof(
      `The log of ${to.size} entries does not begin with that of ${from.size}: history was changed, or the proof is of others.`,
    )
  }
  return { ok: true, origin: from.origin, from: from.size, to: to.size }
}

// --- The command line ---

const usage = `Checks the audit log of a clustergate, offline.

  clustergate-verify export FILE [--key VKEY]… [--receipt aud_…:sha-256=…]… [--checkpoint FILE]…
  clustergate-verify entry ENTRY.json PROOF.json --key VKEY…
  clustergate-verify checkpoints OLD NEW [CONSISTENCY.json] --key VKEY…

FILE may be - for standard input. --json answers in JSON. Exit code: 0 all is right, 1 it is not, 2 it could not be checked.
Keys are those of GET /audit-checkpoints/keys, noted down when you still trusted the server.`

/** @param {string[]} args */
async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string', multiple: true },
      receipt: { type: 'string', multiple: true },
      checkpoint: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  const [what, ...files] = positionals
  if (values.help || what === undefined) return print(usage, 0)
  const keys = values.key?.map(readVerifierKey)
  const report = await check(what, files, keys, values)
  print(values.json ? JSON.stringify(report, null, 2) : describeReport(report), report.ok ? 0 : 1)
}

/**
 * @param {string} what
 * @param {string[]} files
 * @param {VerifierKey[] | undefined} keys
 * @param {{ receipt?: string[], checkpoint?: string[] }} given
 * @returns {Promise<Record<string, unknown> & { ok: boolean }>}
 */
async function check(what, files, keys, given) {
  const [first = '', second = '', third] = files
  if (what === 'export' && files.length === 1) {
    const chunks = first === '-' ? process.stdin : createReadStream(first, { highWaterMark: 1 << 20 })
    const receipts = (given.receipt ?? []).map(readReceipt)
    const held = (given.checkpoint ?? []).map(read)
    return verifyExport(chunks, { ...(keys && { keys }), receipts, held })
  }
  if (!keys) throw new Misuse(`Name the keys that you trust with --key.\n\n${usage}`)
  if (what === 'entry' && files.length === 2) return verifyEntry(read(first), parse(read(second)), keys)
  if (what === 'checkpoints' && files.length >= 2) {
    const hashes = third === undefined ? [] : parse(read(third))?.hashes
    return verifyCheckpoints(read(first), read(second), hashes, keys)
  }
  throw new Misuse(usage)
}

/** @param {string} file */
function read(file) {
  return readFileSync(file, 'utf8')
}

/** @param {Record<string, unknown> & { ok: boolean, whole?: boolean, findings?: Finding[], receiptsWithoutBody?: string[], keysPinned?: boolean }} report */
export function describeReport(report) {
  const { ok, whole, findings = [], receiptsWithoutBody = [], keysPinned, ...figures } = report
  return [
    ...findings.map(({ kind, text }) => `${kind.toUpperCase()}: ${text}`),
    ...Object.entries(figures).map(([name, value]) => `${name}: ${value}`),
    ...(receiptsWithoutBody.length > 0
      ? [`Logged as your receipts say, but the bodies are gone: ${receiptsWithoutBody.join(', ')}`]
      : []),
    ...(keysPinned === false
      ? ['The keys are those that the export names itself. Pin them with --key.']
      : []),
    ok ? praise(report) : 'It is NOT right.',
  ].join('\n')
}

/** @param {{ whole?: boolean, first?: number, bodiesEnd?: number, treeSize?: number }} report */
function praise({ whole = true, first = 0, bodiesEnd = 0, treeSize }) {
  if (whole) return treeSize === 0 ? 'All is right: the log is empty.' : 'All is right.'
  const bodies = first < bodiesEnd ? `entries at ${span(first, bodiesEnd - 1)}` : 'no entries'
  return `What is here is right. It is a PART of the log: ${bodies}, of ${treeSize}.`
}

/** @param {string} text @param {number} code */
function print(text, code) {
  process.stdout.write(`${text}\n`)
  process.exitCode = code
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).catch((error) => {
    const foreseen = error instanceof Refusal || error instanceof Misuse || error?.code
    process.stderr.write(`${foreseen ? error.message : error.stack}\n`)
    process.exitCode = error instanceof Disproof ? 1 : 2
  })
}
