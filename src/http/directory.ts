import { Problem } from '../cluster/problem.ts'
import type { Directory } from '../cluster/provider.ts'
import { findConnection } from '../store/read-connections.ts'
import type { Call } from './call.ts'
import { adapterOf, visibleConnection } from './visible.ts'
import { watch } from './wait.ts'

/** A first reading is worth a moment's patience even if the caller did not ask for it, in seconds. */
const firstReadingS = 2

/** What the account of a connection offers, and when it was read. Fails where the provider has no such notion. */
export async function readDirectory<K extends keyof Directory>(
  call: Call,
  notion: K,
): Promise<{ entries: NonNullable<Directory[K]>; observedTime: number }> {
  const { id, provider } = await visibleConnection(call)
  const { capabilities, title } = adapterOf(call, provider)
  const unsupported = new Problem('unsupported-by-provider', `${title} has no ${notion} to choose from.`)
  if (!capabilities[notion]) throw unsupported
  const { store } = call.deps
  const read = await watch(store, {
    event: 'connection',
    id,
    look: async () => {
      const row = await findConnection(store, id)
      return row?.directory && row.directoryTime !== null
        ? { directory: row.directory, observedTime: row.directoryTime }
        : null
    },
    timeoutMs: (call.waitS ?? firstReadingS) * 1000,
    signal: call.patience(),
  })
  if (!read) {
    throw new Problem('not-yet-observed', `${title} has not told yet what the account offers.`, {
      retryAfterS: 1,
    })
  }
  const entries = read.directory[notion]
  if (entries === null) throw unsupported
  return { entries, observedTime: read.observedTime }
}
