import { ZillizFailure } from './failure.ts'
import type { ProjectPlan } from './records.ts'

const STANDARD_SIZES = [1, 2, 4, 8, 12, 16, 20, 24, 28, 32]
const LARGER_SIZES = [...steps(36, 64, 4), ...steps(72, 256, 8), ...steps(272, 1024, 16)]

const CU_TYPES = ['Performance-optimized', 'Capacity-optimized', 'Tiered-storage', 'Extended-capacity']
const TIERED_MINIMUM = 8
const REPLICA_MINIMUM_SIZE = 8
const MAX_REPLICAS = 10
const MAX_TOTAL = 1024

/** @throws ZillizFailure 96003 */
export function requireCuType(cuType: string): void {
  if (!CU_TYPES.includes(cuType)) throw new ZillizFailure(96003)
}

/** @throws ZillizFailure 96023 when this plan and type do not come in that size */
export function requireCuSize(plan: string, cuType: string, cuSize: number): void {
  const sizes = plan === 'Standard' ? STANDARD_SIZES : [...STANDARD_SIZES, ...LARGER_SIZES]
  const tooSmall = cuType === 'Tiered-storage' && cuSize < TIERED_MINIMUM
  if (!sizes.includes(cuSize) || tooSmall) throw new ZillizFailure(96023)
}

/** More than one replica needs 8 CU and a plan above Standard. @throws ZillizFailure 96028, 96023 */
export function requireReplica(plan: string, cuSize: number, replica: number): void {
  if (replica === 1) return
  if (plan === 'Standard') throw new ZillizFailure(96028)
  const fits = cuSize >= REPLICA_MINIMUM_SIZE && replica <= MAX_REPLICAS && cuSize * replica <= MAX_TOTAL
  if (!fits) throw new ZillizFailure(96023)
}

/** A cluster's plan is its project's. @throws ZillizFailure 96004 when another is asked for */
export function resolvePlan(asked: string | undefined, projectPlan: ProjectPlan): ProjectPlan {
  if (asked !== undefined && asked !== projectPlan) throw new ZillizFailure(96004)
  return projectPlan
}

function steps(from: number, to: number, by: number): number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by)
}
