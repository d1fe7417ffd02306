import type { Json, JsonObject } from '../cluster/json.ts'
import { invalid } from '../cluster/problem.ts'
import type { Adapter } from '../cluster/provider.ts'
import type { AppDeps } from './app-deps.ts'
import { fieldErrors } from './field-errors.ts'

/** The settings of a connection with their defaults, by the rules of the provider and those of every connection. */
export function readSettings({ config }: AppDeps, adapter: Adapter, given: Json): JsonObject {
  const read = adapter.settingsSchema.safeParse(given)
  if (!read.success) throw invalid(fieldErrors(read.error, '/settings'))
  const { baseUrl } = read.data
  const fault = typeof baseUrl === 'string' ? faultOfBaseUrl(baseUrl, config.allowLoopbackUpstreams) : null
  if (fault !== null) throw invalid([{ pointer: '/settings/baseUrl', detail: fault }])
  return read.data
}

/** The API key goes where this points, so it goes encrypted, or stays on this machine. */
function faultOfBaseUrl(text: string, allowLoopback: boolean): string | null {
  const url = URL.parse(text)
  if (!url) return 'must be a URL'
  if (url.username !== '' || url.password !== '') return 'must not contain credentials'
  if (url.search !== '' || url.hash !== '') return 'must not contain a query or a fragment'
  if (url.protocol === 'https:') return null
  if (url.protocol === 'http:' && isLoopback(url.hostname)) {
    return allowLoopback
      ? null
      : 'must be https: plain http to a loopback address needs CLUSTERGATE_ALLOW_LOOPBACK_UPSTREAMS=true'
  }
  return 'must be https'
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
