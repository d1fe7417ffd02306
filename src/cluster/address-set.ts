import { BlockList, isIP } from 'node:net'

/** IP addresses, given as blocks (`10.0.0.0/8`, `2001:db8::/32`) and single addresses. */
export class AddressSet {
  readonly #blocks = new BlockList()

  /** Each text must pass `isAddressBlock`. */
  constructor(texts: Iterable<string>) {
    for (const text of texts) {
      const { address, prefix, family } = readBlock(text)
      this.#blocks.addSubnet(address, prefix, family)
    }
  }

  /** An IPv4 address counts in its IPv6 form too (`::ffff:10.0.0.1`). Nothing that is no address is in any set. */
  has(address: string): boolean {
    const bare = address.split('%', 1)[0] ?? ''
    return isIP(bare) !== 0 && this.#blocks.check(bare, familyOf(bare))
  }
}

/** `10.0.0.0/8`, or one address. */
export function isAddressBlock(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  if (bits < 0 || more.length > 0 || address.includes('%')) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
}

function readBlock(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', prefix] = text.split('/')
  const family = familyOf(address)
  return { address, prefix: Number(prefix ?? (family === 'ipv4' ? 32 : 128)), family }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
