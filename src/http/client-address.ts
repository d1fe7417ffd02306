import { isIP, SocketAddress } from 'node:net'
import type { AddressSet } from '../cluster/address-set.ts'

/**
 * The address that a request came from. `X-Forwarded-For` is read from the right, as each proxy adds the address that it was
 * called from, and only so far as proxies that are trusted wrote it: what stands to the left of the first other address is
 * whatever the caller liked to send. `Forwarded` (RFC 7239) is not read: a proxy that writes the one passes the other on.
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | undefined,
  trusted: AddressSet | undefined,
): string | null {
  const nearest = peer === null ? null : plain(peer)
  if (!trusted || nearest === null || !trusted.has(nearest)) return nearest
  let client = nearest
  for (const hop of (forwardedFor ?? '').split(',').reverse()) {
    const address = addressIn(hop.trim())
    if (address === null) return client
    client = address
    if (!trusted.has(address)) return client
  }
  return client
}

/** Whether the caller spoke TLS to the nearest proxy, by the word of a proxy that is trusted. */
export function cameOverTls(
  peer: string | null,
  forwardedProto: string | undefined,
  trusted: AddressSet,
): boolean {
  if (forwardedProto === undefined || peer === null || !trusted.has(peer)) return false
  return forwardedProto.split(',').at(-1)?.trim().toLowerCase() === 'https'
}

/** Some proxies write the port too. */
function addressIn(hop: string): string | null {
  if (isIP(hop) !== 0) return plain(hop)
  const parsed = SocketAddress.parse(hop)
  return parsed ? plain(parsed.address) : null
}

/** A socket that listens on IPv6 shows IPv4 callers as `::ffff:192.0.2.1`. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}
