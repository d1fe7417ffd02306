import { describe, expect, it } from 'vitest'
import { AddressSet } from '../../src/cluster/address-set.ts'
import { upstreamAddressFault } from '../../src/cluster/upstream-address.ts'

const strict = { allowLoopback: false }

describe('a key is sent to the public internet', () => {
  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '64:ff9b::8.8.8.8'])(
    '%s',
    (address) => {
      expect(upstreamAddressFault(address, strict)).toBeNull()
    },
  )
})

describe('a key is not sent to', () => {
  it.each([
    ['this host', ['0.0.0.0', '::']],
    ['loopback', ['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1']],
    ['a private network', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1']],
    ['a link', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0']],
    ['the metadata of a cloud', ['169.254.169.254', 'fd00:ec2::254', '168.63.129.16', '100.100.100.200']],
    ['a unique local address', ['fc00::1', 'fdff::1']],
    [
      'a private address in IPv6 clothes',
      ['::ffff:10.0.0.1', '::ffff:a00:1', '64:ff9b::a9fe:a9fe', '2002:a00:1::'],
    ],
    ['many at once', ['224.0.0.1', '255.255.255.255', 'ff02::1']],
    [
      'what is only documented or reserved',
      ['192.0.2.1', '198.51.100.1', '203.0.113.1', '240.0.0.1', '2001:db8::1', '2001::1'],
    ],
    ['what is no address', ['', 'localhost', '10.0.0']],
  ])('%s', (_, addresses) => {
    const passed = addresses.filter((address) => upstreamAddressFault(address, strict) === null)
    expect(passed).toEqual([])
  })
})

describe('settings open', () => {
  it('loopback, and nothing else', () => {
    const rule = { allowLoopback: true }
    expect(['127.0.0.1', '::1'].map((address) => upstreamAddressFault(address, rule))).toEqual([null, null])
    expect(upstreamAddressFault('10.0.0.1', rule)).toContain('CLUSTERGATE_ALLOWED_UPSTREAM_CIDRS')
  })

  it('a private network, and no other', () => {
    const rule = { allowLoopback: false, allowed: new AddressSet(['10.20.0.0/16', 'fd12::/16']) }
    expect(['10.20.255.1', '::ffff:10.20.0.1', 'fd12::9'].map((a) => upstreamAddressFault(a, rule))).toEqual([
      null,
      null,
      null,
    ])
    for (const address of ['10.21.0.1', 'fd13::1', '127.0.0.1', '169.254.169.254']) {
      expect(upstreamAddressFault(address, rule)).not.toBeNull()
    }
  })
})
