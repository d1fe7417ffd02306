import type { Arrived, Interceptor, Reply } from './fake-provider.ts'
import type { FakeZilliz } from './fake-zilliz.ts'

/** As many characters as are kept of what a provider says. */
const kept = 200

/** A Zilliz Cloud that repeats what it should not, in as many ways, told apart by the name of the cluster. */
export function indiscreet(zilliz: FakeZilliz): Interceptor {
  return (request, answer) => {
    const { authorization = '' } = request.headers
    if (authorization !== `Bearer ${zilliz.key}`) {
      return { status: 401, body: { code: 21119, message: `The apikey ${authorization} is illegal` } }
    }
    if (request.target.endsWith('/suspend')) return refusal(tell(zilliz, request))
    return answerTo(request, zilliz, answer)
  }
}

/** User, password and key; every other time so that the end of what is kept falls into the password. */
function tell(zilliz: FakeZilliz, { target, headers }: Arrived): string {
  const row = zilliz.rows.find(({ clusterId }) => target.includes(clusterId))
  const times = zilliz.requests.filter((request) => request.target === target).length
  const said = `may not be suspended by ${headers.authorization}, ${row?.username}:`
  return (times % 2 === 1 ? said : 'may not be suspended '.padEnd(kept - 14, '.')) + row?.password
}

function answerTo({ json, headers }: Arrived, zilliz: FakeZilliz, answer: () => Reply): Reply {
  const { authorization = '' } = headers
  const name = String(json.clusterName ?? '')
  if (name === 'echoed') return refusal(`not for ${authorization}`)
  const asked = zilliz.changes.filter((request) => request.json.clusterName === name).length
  if (name === 'page-first' && asked === 1) {
    const body = `<html><body>502 for ${authorization} ${encodeURIComponent(zilliz.key)}</body></html>`
    return { status: 502, headers: { 'content-type': 'text/html' }, body }
  }
  const reply = answer()
  if (name === 'cut-short') return { ...reply, body: JSON.stringify(reply.body).slice(0, -2) }
  return name === 'made-and-failed' ? { ...reply, status: 500 } : reply
}

function refusal(message: string): Reply {
  return { body: { code: 96023, message } }
}
