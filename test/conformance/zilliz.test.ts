import { conformance, conformingLife } from './conformance.ts'
import { zillizDedicated, zillizServerless } from './zilliz-candidate.ts'

conformance(zillizDedicated)
conformingLife(zillizServerless)
