import { ProviderFailure } from '../../src/cluster/failure.ts'
import type { Json, JsonObject } from '../../src/cluster/json.ts'
import type { Account, Observed, Wanted } from '../../src/cluster/provider.ts'
import { createSend, type SendOptions } from '../../src/providers/call.ts'
import { type Answer, type Arrived, startUpstream } from './scripted-upstream.ts'

export const apiKey = '4f1d0a63c9e27b58aa10d3c4e5f60718293a4b5c'
export const projectId = 'proj-0123456789abcdef012345'
export const serverlessId = 'in05-0123456789abcde'
export const dedicatedId = 'in01-0123456789abcde'

/** An account at a scripted Zilliz Cloud, reached over real HTTP. */
export async function openZilliz(
  script: (call: Arrived) => Answer,
  { settings = {}, ...sending }: SendOptions & { settings?: JsonObject } = {},
): Promise<{ account: Account; arrived: Arrived[] } & AsyncDisposable> {
  const upstream = await startUpstream(script)
  const sender = createSend(sending)
  return {
    account: { settings: { baseUrl: upstream.baseUrl, ...settings }, apiKey, send: sender.send },
    arrived: upstream.arrived,
    [Symbol.asyncDispose]: async () => {
      await upstream[Symbol.asyncDispose]()
      await sender.close(0)
    },
  }
}

export function success(data: Json, headers: Record<string, string> = {}): Answer {
  return { headers, json: { code: 0, data } }
}

export function refusal(code: Json, message = 'No.', status = 200): Answer {
  return { status, json: { code, message } }
}

export const badGateway: Answer = {
  status: 502,
  text: '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>',
}

/** A cluster as describe and list tell it. */
export function record(fields: JsonObject = {}): JsonObject {
  return { clusterId: serverlessId, clusterName: 'search', projectId, status: 'RUNNING', ...fields }
}

/** One page out of a list of clusters, as the service cuts it. */
export function pageOf(all: JsonObject[], call: Arrived, count = all.length): Answer {
  const size = Number(call.query.get('pageSize') ?? 10)
  const page = Number(call.query.get('currentPage') ?? 1)
  const clusters = all.slice((page - 1) * size, page * size)
  return success({ count, currentPage: page, pageSize: size, clusters })
}

export function wanted(fields: Partial<Wanted> = {}): Wanted {
  return {
    name: 'search',
    displayName: 'Search',
    region: 'gcp-us-west1',
    labels: {},
    spec: { plan: 'SERVERLESS', projectId },
    ...fields,
  }
}

export function observed(fields: Partial<Observed> = {}): Observed {
  return {
    externalId: dedicatedId,
    name: 'search',
    scope: projectId,
    region: 'gcp-us-west1',
    displayName: null,
    state: 'READY',
    stateReason: null,
    providerState: 'RUNNING',
    endpoint: null,
    spec: { plan: 'DEDICATED', projectId, cuSize: 1, replica: 1 },
    createTime: null,
    requestId: null,
    ...fields,
  }
}

/** The failure that a call ends in; anything else is an error of the test. */
export async function failureOf(promise: Promise<unknown>): Promise<ProviderFailure> {
  const outcome = await promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )
  if (outcome instanceof ProviderFailure) return outcome
  throw new Error('expected a ProviderFailure', { cause: outcome })
}
