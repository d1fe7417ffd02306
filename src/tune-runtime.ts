import { executionAsyncResource } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'

const kept: object[] = []

/**
 * Two settings of Node for a process that answers many small requests. Each is worth a tenth of a read's time
 * (docs/performance.md has both).
 */
export function tuneRuntime(): void {
  // What survives a collection of the nursery is some 200 kB: to share that among threads costs more than to copy it.
  setFlagsFromString('--no-parallel-scavenge')
  // Once no tick object is alive V8 may drop their hidden class, and from then on makes each, of which a request needs
  // seven, by the slowest of its ways. One that is kept keeps the class.
  process.nextTick(() => {
    if (kept.length === 0) kept.push(executionAsyncResource())
  })
}
