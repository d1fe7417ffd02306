import { type Random, randomPick, randomText } from '../random.ts'
import type { ClusterKind } from './records.ts'
import type { ZillizWorld } from './world.ts'

const ID_PREFIX: Record<ClusterKind, string> = { free: 'in03-', serverless: 'in05-', dedicated: 'in01-' }

const CLASSES = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!#$%&*+-<=>?@^_']
const PASSWORD_LENGTH = 16

export function newClusterId(world: ZillizWorld, kind: ClusterKind): string {
  return world.newId(ID_PREFIX[kind], 15)
}

/** The first user of a new cluster. */
export function adminUsername(kind: ClusterKind, clusterId: string): string {
  return kind === 'dedicated' ? 'db_admin' : `db_${clusterId.slice(-15)}`
}

/** 16 characters with at least one of each class: upper, lower, digit, special. */
export function newPassword(random: Random): string {
  const characters = [
    ...CLASSES.map((alphabet) => randomPick(random, alphabet)),
    ...randomText(random, CLASSES.join(''), PASSWORD_LENGTH - CLASSES.length),
  ]
  return shuffle(characters, random).join('')
}

function shuffle(characters: readonly string[], random: Random): string[] {
  const keyed = characters.map((character) => ({ character, key: random() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ character }) => character)
}
