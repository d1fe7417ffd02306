import { isIP } from 'node:net'
import type { Json, JsonObject } from '../cluster/json.ts'
import { invalid } from '../cluster/problem.ts'
import type { Adapter } from '../cluster/provider.ts'
import { isLoopbackName, upstreamAddressFault } from '../cluster/upstream-address.ts'
import type { AppDeps } from './app-deps.ts'
import { fieldErrors } from './field-errors.ts'

/** The settings of a connection with their defaults, by the rules of the provider and those of every connection. */
export function readSettings({ config }: AppDeps, adapter: Adapter, given: Json): JsonObject {
  const read = adapter.settingsSchema.safeParse(given)
  if (!read.success) throw invalid(fieldErrors(read.error, '/settings'))
  const { baseUrl } = read.data
  const fault = typeof baseUrl === 'string' ? faultOfBaseUrl(baseUrl, config) : null
  if (fault !== null) throw invalid([{ pointer: '/settings/baseUrl', detail: fault }])
  return read.data
}

/**
 * The API key goes where this points, so it goes encrypted, or stays on this machine. An address is refused here; what
 * a name leads to is looked at whenever it is called.
 */
function faultOfBaseUrl(text: string, config: AppDeps['config']): string | null {
  const url = URL.parse(text)
  if (!url) return 'must be a URL'
  if (url.username !== '' || url.password !== '') return 'must not contain credentials'
  if (url.search !== '' || url.hash !== '') return 'must not contain a query or a fragment'
  const loopback = isLoopbackName(url.hostname)
  if (url.protocol === 'https:') return faultOfHost(loopback ? '127.0.0.1' : url.hostname, config)
  if (url.protocol === 'http:' && loopback) {
    return config.allowLoopbackUpstreams
      ? null
      : 'must be https: plain http to a loopback address needs CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS=true'
  }
  return 'must be https'
}

function faultOfHost(
  hostname: string,
  { allowLoopbackUpstreams: allowLoopback, allowedUpstreams: allowed }: AppDeps['config'],
): string | null {
  const address = hostname.replace(/^\[|\]$/g, '')
  const fault = isIP(address) === 0 ? null : upstreamAddressFault(address, { allowLoopback, allowed })
  return fault === null ? null : `leads to ${fault}`
}
