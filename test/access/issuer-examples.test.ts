import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { issuersSchema } from '../../src/access/issuer.ts'
import { scopesOfClaims } from '../../src/access/scopes-of-claims.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/access.md'), 'utf8')
const examples = [...text.matchAll(/```json\n(\[.*?\n\])\n```/gs)].map(([, example = '']) => example)

/** What each of the examples is about, as its platform would say it. */
const claims: Record<string, Record<string, unknown>> = {
  'https://id.example.com': { groups: ['search'] },
  'https://token.actions.githubusercontent.com': { repository: 'acme/search-index', ref: 'refs/heads/main' },
  'https://gitlab.com': { project_path: 'acme/search-index', ref: 'main', ref_protected: 'true' },
  'https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE': {
    'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'deployer' } },
  },
}

describe('the issuers in docs/access.md', () => {
  test('are as many as this test knows', () => {
    expect(examples).toHaveLength(Object.keys(claims).length)
  })

  test.each(examples)('are settings, whose rules do what they are there for (%#)', (example) => {
    const [issuer] = issuersSchema.parse(JSON.parse(example))
    expect(issuer && scopesOfClaims(issuer, claims[issuer.issuer] ?? {}).scopes).toEqual([
      { role: 'operator', team: 'search' },
    ])
  })
})
