/** Times of one kind of request: how many took at most so long as each bound says and longer than the one before it. */
interface Series {
  labels: string
  counts: Float64Array
  sumMs: number
}

const boundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000, 5000, 60_000]
const name = 'clustergate_http_request_duration_seconds'

/**
 * The histogram of requests, in Prometheus' text format. It is apart from the other metrics, and has no labels to put together,
 * because it is written to with every request: this takes a tenth of what a library's histogram does.
 */
export class RequestTimes {
  /** By route, then by method, then by class of status. */
  readonly #routes = new Map<string, Map<string, (Series | undefined)[]>>()

  record(route: string, method: string, status: number, durationMs: number): void {
    const statusClass = Math.trunc(status / 100)
    const series =
      this.#routes.get(route)?.get(method)?.[statusClass] ?? this.#add(route, method, statusClass)
    let bound = 0
    while (bound < boundsMs.length && durationMs > (boundsMs[bound] ?? 0)) bound++
    series.counts[bound] = (series.counts[bound] ?? 0) + 1
    series.sumMs += durationMs
  }

  #add(route: string, method: string, statusClass: number): Series {
    const methods = this.#routes.get(route) ?? new Map<string, (Series | undefined)[]>()
    const classes = methods.get(method) ?? []
    const labels = `route="${route}",method="${method}",status="${statusClass}xx"`
    const series = { labels, counts: new Float64Array(boundsMs.length + 1), sumMs: 0 }
    classes[statusClass] = series
    methods.set(method, classes)
    this.#routes.set(route, methods)
    return series
  }

  text(): string {
    const lines = [`# HELP ${name} Requests, from their arrival to their answer.`, `# TYPE ${name} histogram`]
    for (const methods of this.#routes.values()) {
      for (const classes of methods.values()) {
        for (const series of classes) if (series) lines.push(...linesOf(series))
      }
    }
    return `${lines.join('\n')}\n`
  }
}

function linesOf({ labels, counts, sumMs }: Series): string[] {
  let total = 0
  const buckets = [...counts].map((count, i) => {
    total += count
    const bound = boundsMs[i]
    return `${name}_bucket{le="${bound === undefined ? '+Inf' : bound / 1000}",${labels}} ${total}`
  })
  return [...buckets, `${name}_sum{${labels}} ${sumMs / 1000}`, `${name}_count{${labels}} ${total}`]
}
