import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Json, JsonObject } from '../../src/cluster/json.ts'
import type { Account, Wanted } from '../../src/cluster/provider.ts'
import { createSend } from '../../src/providers/call.ts'

/** What the scripted Fireworks does with one request: an answer, or the way in which it fails to give one. */
export type Reply =
  | { status?: number; json: Json; headers?: Record<string, string> }
  | { status?: number; text: string; headers?: Record<string, string> }
  | 'drop the connection'
  | 'cut the answer short'

export interface Received {
  method: string
  /** As it came over the wire. */
  path: string
  query: Record<string, string>
  headers: IncomingMessage['headers']
  body: Json
}

export interface Upstream extends AsyncDisposable {
  account: Account
  /** Every request so far, oldest first. */
  received: Received[]
}

export const apiKey = 'fw_3ZkTestOnlyKey000000'

/** A Fireworks on a loopback port that gives the replies in their order, and refuses what goes beyond them. */
export async function startUpstream(replies: Reply[], settings: JsonObject = {}): Promise<Upstream> {
  const received: Received[] = []
  const left = [...replies]
  const server = createServer(async (request, response) => {
    received.push(await read(request))
    write(response, left.shift() ?? { status: 418, text: 'no reply is left in the script' })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const sender = createSend()
  return {
    received,
    account: {
      apiKey,
      settings: { baseUrl: `http://127.0.0.1:${port}`, accountId: 'acme', ...settings },
      send: sender.send,
    },
    [Symbol.asyncDispose]: async () => {
      await sender.close(0)
      server.closeAllConnections()
      server.close()
    },
  }
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const [path = '', search = ''] = (request.url ?? '').split('?')
  return {
    method: request.method ?? '',
    path,
    query: Object.fromEntries(new URLSearchParams(search)),
    headers: request.headers,
    body: text === '' ? null : JSON.parse(text),
  }
}

function write(response: ServerResponse, reply: Reply): void {
  if (reply === 'drop the connection') {
    response.destroy()
    return
  }
  if (reply === 'cut the answer short') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"name":"accounts/acme/clu', () => response.destroy())
    return
  }
  const text = 'json' in reply ? JSON.stringify(reply.json) : reply.text
  response.writeHead(reply.status ?? 200, reply.headers)
  response.end(text)
}

export const eksSpec = {
  awsAccountId: '123456789012',
  fireworksManagerRole: 'arn:aws:iam::123456789012:role/FireworksManagerRole',
  clusterName: 'inference',
  storageBucketName: 'fireworks-inference-1a2b',
  metricWriterRole: 'arn:aws:iam::123456789012:role/metrics',
  loadBalancerControllerRole: 'arn:aws:iam::123456789012:role/path/load-balancer',
  workloadIdentityPoolProviderId: 'acme-inference',
  inferenceRole: 'arn:aws:iam::123456789012:role/inference',
}

export const fakeSpec = { projectId: 'test-project', location: 'us-central1', clusterName: 'fake-1' }

export const wantedEks: Wanted = {
  name: 'ranker',
  displayName: 'Ranker',
  region: 'us-east-1',
  labels: { env: 'prod' },
  spec: { eks: eksSpec },
}

export const wantedFake: Wanted = {
  name: 'pretend',
  displayName: 'Pretend',
  region: null,
  labels: {},
  spec: { fake: fakeSpec },
}

/** A cluster as Fireworks writes it, with the hidden members that some answers carry. */
export function clusterJson(id: string, members: JsonObject = {}): JsonObject {
  return {
    name: `accounts/acme/clusters/${id}`,
    displayName: 'Ranker',
    createTime: '2026-05-08T10:20:30Z',
    eksCluster: { ...eksSpec, region: 'us-east-1', subnetIds: [], repositoryName: 'hidden' },
    state: 'READY',
    status: { code: 'OK', message: '' },
    updateTime: '2026-05-08T10:20:31Z',
    annotations: {},
    isDlde: false,
    meteringKey: '',
    ...members,
  }
}

export const notFound: Reply = {
  status: 404,
  json: { code: 5, message: 'cluster ranker not found', details: [] },
}

export const htmlBadGateway: Reply = {
  status: 502,
  text: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
  headers: { 'content-type': 'text/html', 'cf-ray': '9a1b2c3d-FRA' },
}
