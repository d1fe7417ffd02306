import { answerCalls } from './rpc.ts'

/** What a process has used. Times in microseconds, sizes in bytes. */
export interface Usage {
  cpuUs: number
  rss: number
  heapUsed: number
}

const peak = { rss: 0, heapUsed: 0 }
let sampler: NodeJS.Timeout | undefined

/** Calls that any measured process answers. */
export const probe = {
  usage(): Usage {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed } = process.memoryUsage()
    return { cpuUs: user + system, rss, heapUsed }
  },
  /** The same, after everything that nobody holds is gone. */
  usageAtRest(): Usage {
    globalThis.gc?.()
    return probe.usage()
  },
  watchMemory(): void {
    Object.assign(peak, { rss: 0, heapUsed: 0 })
    clearInterval(sampler)
    sampler = setInterval(() => {
      const { rss, heapUsed } = process.memoryUsage()
      peak.rss = Math.max(peak.rss, rss)
      peak.heapUsed = Math.max(peak.heapUsed, heapUsed)
    }, 20).unref()
  },
  /** The most that was used since `watchMemory`. */
  peakMemory(): Pick<Usage, 'rss' | 'heapUsed'> {
    clearInterval(sampler)
    return { ...peak }
  },
}

export type Probe = typeof probe

// Loaded before a program that knows nothing of it (`node --import`), it answers there too.
if (process.env.BENCH_PROBE === 'preloaded') {
  answerCalls(probe)
  process.channel?.unref()
}
