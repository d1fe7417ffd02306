import { parentPort, workerData } from 'node:worker_threads'
import { Laboratory } from './laboratory.ts'
import { type Plan, planOf } from './plan.ts'
import { providerIds } from './providers.ts'
import { Simulation } from './simulation.ts'

/** Every `step`th seed from `first` to before `end`. */
export interface Task {
  first: number
  step: number
  end: number
  provider: string | undefined
}

export interface Report {
  seed: number
  plan: Plan
  story: string[]
  violations: string[]
}

const { first, step, end, provider } = workerData as Task
const chosen = providerIds.find((id) => id === provider)
if (provider !== undefined && chosen === undefined) throw new Error(`there is no provider ${provider}`)

await using laboratory = new Laboratory()
for (let seed = first; seed < end; seed += step) {
  const plan = planOf(seed, chosen)
  const outcome = await Simulation.run(laboratory, seed, plan)
  const report: Report = { seed, plan, ...outcome }
  parentPort?.postMessage(report)
}
