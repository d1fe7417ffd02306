import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Report, Task } from './runner.ts'

const help = `npm run simulate -- [--seeds 1000] [--from 1] [--provider zilliz|fireworks] [--workers ${availableParallelism()}] [--story]

Runs seeds until one breaks a promise, and says which and how to replay it. --story prints what happened.`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    provider: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    story: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(help)
else await simulate()

async function simulate(): Promise<void> {
  const { provider, story } = values
  const [first, count] = [Number(values.from), Number(values.seeds)]
  const workers = Math.min(Number(values.workers), count)
  const started = performance.now()
  let done = 0
  let failed: Report | null = null
  const team = Array.from({ length: workers }, (_, index) => {
    const task: Task = { first: first + index, step: workers, end: first + count, provider }
    return new Worker(new URL('./runner.ts', import.meta.url), { workerData: task })
  })
  const tell = (report: Report) => {
    done += 1
    if (story) console.log(`seed ${report.seed}\n${report.story.join('\n')}`)
    if (report.violations.length > 0 && !failed) {
      failed = report
      for (const worker of team) void worker.terminate()
    }
    if (done % 500 === 0) console.log(`${done} seeds, ${rate(done, started)}`)
  }
  await Promise.all(
    team.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.on('message', tell).on('error', reject).on('exit', resolve)
        }),
    ),
  )
  if (failed) return printFailure(failed)
  console.log(`${done} seeds kept every promise, ${rate(done, started)}`)
}

function rate(seeds: number, started: number): string {
  return `${(seeds / ((performance.now() - started) / 1000)).toFixed(1)} seeds/s`
}

function printFailure({ seed, plan, story, violations }: Report): void {
  const chosen = values.provider ? ` --provider ${values.provider}` : ''
  console.log(`${story.join('\n')}\n${JSON.stringify(plan)}`)
  console.log(`seed ${seed} broke a promise:\n${violations.map((text) => `  ${text}`).join('\n')}`)
  console.log(`replay: npm run simulate -- --from ${seed} --seeds 1${chosen}`)
  process.exitCode = 1
}
