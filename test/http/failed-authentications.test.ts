import { expect, test } from 'vitest'
import { Problem } from '../../src/cluster/problem.ts'
import { FailedAuthentications, networkOf } from '../../src/http/failed-authentications.ts'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0:0:1::', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('addresses of one IPv6 network share a count; other networks have their own', () => {
  const failures = new FailedAuthentications({ now: () => 0 }, 2)
  const problem = new Problem('unauthenticated', 'no')
  const codes = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1', null, null, null].map(
    (address) => failures.refusal(address, problem).code,
  )
  const [refused, held] = ['unauthenticated', 'rate-limited']
  expect(codes).toEqual([refused, refused, held, refused, refused, refused, refused])
})

test('a clock that is set back ends a window instead of lengthening it', () => {
  let now = 3600_000
  const failures = new FailedAuthentications({ now: () => now }, 1)
  const problem = new Problem('unauthenticated', 'no')
  const codeNow = () => failures.refusal('192.0.2.1', problem).code
  expect([codeNow(), codeNow()]).toEqual(['unauthenticated', 'rate-limited'])
  now = 0
  expect(codeNow()).toBe('unauthenticated')
})
