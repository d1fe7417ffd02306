import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { type UpstreamRule, upstreamAddressFault } from '../cluster/upstream-address.ts'

/**
 * Nothing was sent: what the host's name leads to is no address to send a key to. It does not tell the address, or whoever
 * may write a connection could map an inner network with it.
 */
export class AddressRefused extends Error {
  override name = 'AddressRefused'

  constructor(host: string, fault: string) {
    super(`Nothing was sent: ${host} ${isIP(host) === 0 ? 'leads to' : 'is'} ${fault}.`)
  }
}

/** Stands between a name and the connection. */
export interface AddressGuard {
  /** Resolves a name for `net.connect`, and keeps back what may not be connected to. */
  lookup: LookupFunction
  /** Of a host that is an address already, which is never looked up; null for a name and for what is allowed. */
  refusalOf(host: string): AddressRefused | null
}

/**
 * Lets connections go to allowed addresses alone. It judges the very addresses that are connected to and not an earlier
 * answer for the same name, so a name that changes its mind in between (DNS rebinding) gains nothing.
 */
export function createAddressGuard(
  rule: UpstreamRule,
  resolve: typeof systemLookup = systemLookup,
): AddressGuard {
  const refusalOf = (host: string) => {
    const address = host.replace(/^\[|\]$/g, '')
    const fault = isIP(address) === 0 ? null : upstreamAddressFault(address, rule)
    return fault === null ? null : new AddressRefused(address, fault)
  }
  const lookup: LookupFunction = (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, '')
      const judged = found.map((entry) => ({ ...entry, fault: upstreamAddressFault(entry.address, rule) }))
      const allowed = judged.filter(({ fault }) => fault === null)
      const [first] = allowed
      if (!first) {
        return done(new AddressRefused(host, judged[0]?.fault ?? 'no address at all'), '')
      }
      if (options.all)
        done(
          null,
          allowed.map(({ address, family }) => ({ address, family })),
        )
      else done(null, first.address, first.family)
    })
  }
  return { lookup, refusalOf }
}
