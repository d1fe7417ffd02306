import { z } from 'zod'

const httpStatus = z.int().min(200).max(599)

/** What can be made to go wrong; a discriminated union on `kind`. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latency'), ms: z.number().min(0).max(3_600_000) }),
  z.strictObject({
    kind: z.literal('status'),
    status: httpStatus,
    body: z.string().optional(),
    contentType: z.string().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** True: the call takes effect all the same, as when a proxy gives up on a slow provider. */
    committed: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('html'),
    status: httpStatus.optional(),
    committed: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('error'),
    code: z.union([z.number(), z.string()]),
    message: z.string(),
    httpStatus: httpStatus.optional(),
  }),
  z.strictObject({ kind: z.literal('dropBefore') }),
  z.strictObject({ kind: z.literal('dropAfter') }),
  z.strictObject({ kind: z.literal('hang') }),
  z.strictObject({ kind: z.literal('hangAfter') }),
  z.strictObject({ kind: z.literal('truncate') }),
  z.strictObject({ kind: z.literal('stuck'), state: z.string().optional() }),
  z.strictObject({ kind: z.literal('state'), state: z.string() }),
  z.strictObject({
    kind: z.literal('shiftPages'),
    /** Whether an item before the page vanished (the next one is skipped) or appeared (one repeats). Default `removal`. */
    change: z.enum(['removal', 'insertion']).optional(),
  }),
  z.strictObject({ kind: z.literal('notFoundOnce') }),
  z.strictObject({ kind: z.literal('fail'), message: z.string().optional() }),
])

export type Fault = z.infer<typeof faultSchema>
export type FaultKind = Fault['kind']
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>

/** A rule as it is written: `id` is made when left out, `times` defaults to 1. */
export const faultRuleSchema = z.strictObject({
  id: z.string().min(1).max(100).optional(),
  /** An operation's name, or `*` for all of them. */
  operation: z.string().min(1).max(100),
  fault: faultSchema,
  /** How many calls it befalls; null means until it is removed. */
  times: z.int().min(1).nullable().default(1),
  /** Only calls about a cluster whose name or id contains this. */
  match: z.string().min(1).optional(),
})

export type FaultRuleInput = z.input<typeof faultRuleSchema>

export interface FaultRule {
  id: string
  operation: string
  fault: Fault
  times: number | null
  match?: string
}

// One call has one ending: of these only the first matching rule is used up, the others wait for the next call.
const ENDINGS: ReadonlySet<FaultKind> = new Set([
  'status',
  'html',
  'error',
  'dropBefore',
  'dropAfter',
  'hang',
  'hangAfter',
  'truncate',
  'notFoundOnce',
])

export function isEnding(fault: Fault): boolean {
  return ENDINGS.has(fault.kind)
}

/** The faults that are waiting for a call to befall, in the order in which they were added. */
export class FaultBook {
  #rules: FaultRule[] = []
  #lastNumber = 0

  /** @throws z.ZodError when the rule is not well-formed; an `id` already in use replaces that rule */
  add(input: FaultRuleInput): FaultRule {
    const { id = `fault-${++this.#lastNumber}`, match, ...rest } = faultRuleSchema.parse(input)
    const rule: FaultRule = { id, ...rest, ...(match === undefined ? {} : { match }) }
    this.remove(id)
    this.#rules.push(rule)
    return { ...rule }
  }

  /** Whether there was such a rule. */
  remove(id: string): boolean {
    const before = this.#rules.length
    this.#rules = this.#rules.filter((rule) => rule.id !== id)
    return this.#rules.length < before
  }

  clear(): void {
    this.#rules = []
  }

  list(): FaultRule[] {
    return this.#rules.map((rule) => ({ ...rule }))
  }

  /**
   * The faults of one call, using up one of their `times`.
   * `subject` is what `match` is looked for in: name and id of the cluster.
   * `applies` leaves rules alone that could do nothing to this call.
   */
  take(
    operation: string,
    subject: string | readonly string[] = '',
    applies: (fault: Fault) => boolean = () => true,
  ): Fault[] {
    const names = typeof subject === 'string' ? [subject] : subject
    const taken: FaultRule[] = []
    for (const rule of this.#rules) {
      if (rule.operation !== '*' && rule.operation !== operation) continue
      if (rule.match !== undefined && !names.some((name) => name.includes(rule.match ?? ''))) continue
      if (!applies(rule.fault)) continue
      if (isEnding(rule.fault) && taken.some((earlier) => isEnding(earlier.fault))) continue
      taken.push(rule)
    }
    for (const rule of taken) if (rule.times !== null) rule.times -= 1
    this.#rules = this.#rules.filter((rule) => rule.times !== 0)
    return taken.map((rule) => rule.fault)
  }
}

/** The first fault of that kind among those taken for a call. */
export function findFault<Kind extends FaultKind>(
  faults: readonly Fault[],
  kind: Kind,
): FaultOf<Kind> | undefined {
  return faults.find((fault): fault is FaultOf<Kind> => fault.kind === kind)
}
