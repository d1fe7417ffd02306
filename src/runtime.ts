import { executionAsyncResource } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

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

let collect: ((options: { type: 'minor' }) => void) | undefined

/**
 * Collects V8's nursery, which takes a fraction of a millisecond: for who makes buffers and little else. V8 collects by
 * what is on its own heap, and of the memory of buffers, which is not, would let a hundred megabytes gather.
 */
export function collectNursery(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as typeof collect
  }
  collect?.({ type: 'minor' })
}
