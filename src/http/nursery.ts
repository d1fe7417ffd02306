import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

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
