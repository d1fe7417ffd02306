import { describe } from 'vitest'
import type { Candidate } from './candidate.ts'
import { changes } from './changes.ts'
import { contract } from './contract.ts'
import { lifecycle } from './lifecycle.ts'
import { lists } from './lists.ts'
import { looks } from './looks.ts'
import { reads } from './reads.ts'
import { secrets } from './secrets.ts'
import { states } from './states.ts'

/** What every adapter promises, whoever the provider: over HTTP to its sandbox. */
export function conformance(candidate: Candidate): void {
  describe(candidate.title, () => {
    contract(candidate)
    lifecycle(candidate)
    changes(candidate)
    looks(candidate)
    reads(candidate)
    lists(candidate)
    states(candidate)
    secrets(candidate)
  })
}

/** For one more kind of cluster of a provider that conforms: what differs by kind is its life. */
export function conformingLife(candidate: Candidate): void {
  describe(candidate.title, () => {
    contract(candidate)
    lifecycle(candidate)
  })
}
