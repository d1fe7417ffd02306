import { isIP } from 'node:net'
import { AddressSet } from './address-set.ts'

/** Which addresses a connection may lead to beside public ones. */
export interface UpstreamRule {
  allowLoopback: boolean
  /** Private networks in which a provider, or a proxy in front of it, is known to be. */
  allowed?: AddressSet | undefined
}

/**
 * What is not the public internet (IANA's special-purpose registries for IPv4, RFC 6890), and the addresses at which clouds tell a
 * machine its own secrets; those that are not link-local have a row of their own.
 */
const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16',
]

/** Parts of 2000::/3 that are not hosts of the internet: protocol assignments, documentation, 6to4. */
const specialIpv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

/** The prefix behind which a NAT64 puts IPv4 addresses (RFC 6052). */
const nat64 = '64:ff9b::'

const loopback = new AddressSet(['127.0.0.0/8', '::1'])
const publicIpv6 = new AddressSet(['2000::/3', `${nat64}/96`])
const special = new AddressSet([...specialIpv4, ...specialIpv6, ...specialIpv4.map(behindNat64)])

function behindNat64(block: string): string {
  const [address, prefix = '32'] = block.split('/')
  return `${nat64}${address}/${96 + Number(prefix)}`
}

/** A host name, as URLs write it, that always means this machine. */
export function isLoopbackName(hostname: string): boolean {
  return /^(?:.+\.)?localhost\.?$/.test(hostname) || loopback.has(hostname.replace(/^\[|\]$/g, ''))
}

/** Why no key may be sent to this address; null if it may. */
export function upstreamAddressFault(
  address: string,
  { allowLoopback, allowed }: UpstreamRule,
): string | null {
  if (allowed?.has(address)) return null
  if (loopback.has(address)) {
    return allowLoopback ? null : 'a loopback address, which needs CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS=true'
  }
  if (!special.has(address) && (isIP(address) === 4 || publicIpv6.has(address))) return null
  return 'no address of the public internet; if it is right, name its network in CLUSTERGATE_ALLOWED_UPSTREAM_CIDRS'
}
