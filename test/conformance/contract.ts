import { describe, expect, it } from 'vitest'
import { faultSchema } from '../../src/sandbox/faults.ts'
import { settingsAt } from './bench.ts'
import type { Candidate } from './candidate.ts'
import { endlessFaults, otherFaultKinds, quickFaults } from './fault-cases.ts'

const origin = 'https://api.example.com'

/** What holds without any call. */
export function contract(candidate: Candidate): void {
  const { adapter, wanted, settings, unsupported, changed } = candidate

  describe('without the network', () => {
    it('takes a wish that is granted, whole', () => {
      const given = settingsAt(candidate, origin)
      expect(adapter.specSchema.parse(wanted.spec)).toEqual(wanted.spec)
      expect(adapter.check(wanted, given, null)).toEqual([])
      const later = { ...wanted, spec: { ...wanted.spec, ...changed.spec } }
      expect(adapter.check(later, given, wanted.spec)).toEqual([])
    })

    it('refuses fields that it does not know', () => {
      expect(adapter.specSchema.safeParse({ ...wanted.spec, surprise: 1 }).success).toBe(false)
      expect(adapter.settingsSchema.safeParse({ ...settings, baseUrl: origin, surprise: 1 }).success).toBe(
        false,
      )
    })

    it('refuses a name longer than its limit, and takes one as long', () => {
      const { maxLength, pattern } = adapter.limits.name
      const named = (length: number) => ({ ...wanted, name: 'a'.repeat(length) })
      expect(new RegExp(pattern).test(named(maxLength).name)).toBe(true)
      expect(adapter.check(named(maxLength), settingsAt(candidate, origin), null)).toEqual([])
      expect(adapter.check(named(maxLength + 1), settingsAt(candidate, origin), null)).toMatchObject([
        { pointer: '/name' },
      ])
    })

    it('says why it cannot do what it cannot, and nothing of what it can', () => {
      for (const verb of ['suspend', 'resume', 'update', 'delete'] as const) {
        const refusal = adapter.refusal(verb, { externalId: null, spec: wanted.spec })
        const able =
          verb === 'delete' || (adapter.capabilities[verb] && !unsupported.some((no) => no === verb))
        expect(refusal === null, `${verb}: ${refusal}`).toBe(able)
      }
    })

    it('names fields of its spec as mutable, and steps for no others', () => {
      const specFields = Object.keys(changed.spec ?? {}).filter(
        (field) => JSON.stringify(changed.spec?.[field]) !== JSON.stringify(wanted.spec[field]),
      )
      expect(adapter.mutableSpecFields).toEqual(expect.arrayContaining(specFields))
    })

    it('every kind of fault has its case', () => {
      const kinds = faultSchema.options.map((option) => option.shape.kind.value)
      const covered = [...quickFaults, ...endlessFaults].map(({ fault }) => fault.kind)
      expect(new Set([...covered, ...otherFaultKinds])).toEqual(new Set(kinds))
    })
  })
}
