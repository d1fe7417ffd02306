import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Place } from '../cluster/place.ts'
import { readCurrentKid } from '../store/master-keys.ts'
import {
  findSealedValue,
  nameOf,
  readSealed,
  replaceSealed,
  type SealedColumn,
  type SealedValue,
  sealedColumns,
} from '../store/sealed-columns.ts'
import type { Store } from '../store/store.ts'
import { readLabel } from '../vault/envelope.ts'
import type { Keyring } from '../vault/keyring.ts'
import { reseal, rewrap } from '../vault/rewrap.ts'
import { createVault } from '../vault/vault.ts'
import { VaultError } from '../vault/vault-error.ts'

export interface RewrapDeps {
  store: Store
  keyring: Keyring
  log: Logger
  /** Leaves the time to others that a batch took. */
  pause: (ms: number) => Promise<unknown>
  signal: AbortSignal
}

export interface RewrapCounts {
  rewrapped: number
  /** Values that do not open and so stay as they are. */
  failed: number
}

/** Values looked through at once, and rewrapped in one transaction: small, so that no request waits long. */
const pageSize = 500
const batchSize = 100

/**
 * Goes once through everything that is sealed and brings it under the current master key, and to a place that names its
 * team. What somebody seals anew meanwhile is left alone; what another process has rewrapped is found done. It may stop
 * anywhere: the next pass goes on with what is left. `counts` is kept up to date, and `onBatch` told of it.
 */
export async function rewrapAll(deps: RewrapDeps, counts: RewrapCounts, onBatch: () => void): Promise<void> {
  const { store, keyring, signal } = deps
  const { kid } = keyring.current
  const isStale = ({ envelope }: SealedValue) => {
    const label = readLabel(envelope)
    return label !== null && (label.kid !== kid || !label.namesTeam)
  }
  for (const column of sealedColumns) {
    let page: SealedValue[] = []
    for (let after = ''; !signal.aborted; after = page.at(-1)?.row ?? '') {
      page = await readSealed(store.reader, column, after, pageSize)
      const stale = page.filter(isStale)
      for (let from = 0; from < stale.length && !signal.aborted; from += batchSize) {
        const batch = stale.slice(from, from + batchSize)
        if (!(await rewrapBatch(deps, column, batch, counts))) return
        onBatch()
      }
      if (page.length < pageSize) break
      await nextTurn()
    }
  }
}

/** False when another master key has become the current one. */
async function rewrapBatch(
  deps: RewrapDeps,
  column: SealedColumn,
  values: SealedValue[],
  counts: RewrapCounts,
): Promise<boolean> {
  const { store, keyring, pause } = deps
  const started = performance.now()
  const { kid } = keyring.current
  const renewed = await renewAll(deps, column, values, counts)
  const written = await store.write(async (session) => {
    if ((await readCurrentKid(session)) !== kid) return null
    let count = 0
    for (const [value, envelope] of renewed) {
      if (await replaceSealed(session, column, value, envelope)) count++
    }
    return count
  })
  counts.rewrapped += written ?? 0
  await pause(performance.now() - started)
  return written !== null
}

/** The values that could be renewed, each with its new envelope. */
async function renewAll(
  deps: RewrapDeps,
  column: SealedColumn,
  values: SealedValue[],
  counts: RewrapCounts,
): Promise<[SealedValue, string][]> {
  const teamless = values.filter(({ envelope }) => !readLabel(envelope)?.namesTeam)
  const rows = teamless.map(({ row }) => row)
  const owners = rows.length > 0 ? await column.owners(deps.store.reader, rows) : null
  const renewed = await Promise.all(
    values.map(async (value): Promise<[SealedValue, string] | null> => {
      try {
        return [value, await renew(deps.keyring, value.envelope, owners?.get(value.row)?.place)]
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
        await noteFailure(deps, column, value, counts, error)
        return null
      }
    }),
  )
  return renewed.filter((entry) => entry !== null)
}

async function renew(keyring: Keyring, envelope: string, place: Place | undefined): Promise<string> {
  if (readLabel(envelope)?.namesTeam) return rewrap(keyring, envelope)
  if (!place) throw new VaultError('wrong-place', 'It belongs to nobody.')
  return reseal(createVault(keyring), envelope, place, place)
}

async function noteFailure(
  { store, log }: RewrapDeps,
  column: SealedColumn,
  { row, envelope }: SealedValue,
  counts: RewrapCounts,
  { code, message }: VaultError,
): Promise<void> {
  // Between two looks it may have been sealed anew for another team.
  if ((await findSealedValue(store.reader, column, row)) !== envelope) return
  counts.failed++
  const where = nameOf(column, store.reader)
  log.error({ code, message, where, row }, 'a sealed value does not open and was not rewrapped')
}
