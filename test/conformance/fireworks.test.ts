import { conformance } from './conformance.ts'
import { fireworksEks } from './fireworks-candidate.ts'

conformance(fireworksEks)
