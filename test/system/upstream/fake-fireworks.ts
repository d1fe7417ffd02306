import { randomUUID } from 'node:crypto'
import { isJsonObject, type JsonObject } from '../../../src/cluster/json.ts'
import { type Arrived, FakeProvider, type Reply } from './fake-provider.ts'

interface Row {
  cluster: JsonObject
  goal: { state: string; looks: number } | null
}

export const accountId = 'acme'
const collection = `/v1/accounts/${accountId}/clusters`
const eksFields = [
  'awsAccountId',
  'region',
  'fireworksManagerRole',
  'clusterName',
  'storageBucketName',
  'metricWriterRole',
  'loadBalancerControllerRole',
  'workloadIdentityPoolProviderId',
  'inferenceRole',
]

/** Base64 of what stands for a certificate authority. */
export const caData = Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n').toString(
  'base64',
)

/** Fireworks AI, played from its own description: what was not set is told as "" or null, the last page has no token. */
export class FakeFireworks extends FakeProvider {
  readonly rows = new Map<string, Row>()
  readonly key: string

  constructor(key: string) {
    super()
    this.key = key
  }

  protected answer(request: Arrived): Reply {
    const reply = this.#route(request)
    return { ...reply, headers: { 'x-request-id': randomUUID() } }
  }

  #route(request: Arrived): Reply {
    if (request.headers.authorization !== `Bearer ${this.key}`) return refusal(401, 16, 'unauthorized')
    const { pathname, searchParams } = request.url
    if (pathname === `/v1/accounts/${accountId}`) return { body: theAccount }
    if (pathname === collection) return request.method === 'POST' ? this.#create(request.json) : this.#list()
    const [id = '', verb = ''] = pathname.slice(collection.length + 1).split(':')
    const row = this.rows.get(id)
    if (!row || !pathname.startsWith(collection)) return refusal(404, 5, `cluster "${id}" not found`)
    if (verb === 'getConnectionInfo') return connectionInfo(row)
    if (request.method === 'PATCH') return patch(row, request.json, searchParams.get('updateMask'))
    if (request.method === 'DELETE') return this.#delete(row)
    return this.#describe(id, row)
  }

  #create({ cluster, clusterId }: JsonObject): Reply {
    const id = String(clusterId)
    if (this.rows.has(id)) return refusal(409, 6, `cluster "${id}" already exists`)
    const row = newRow(id, isJsonObject(cluster) ? cluster : {})
    this.rows.set(id, row)
    return { body: row.cluster }
  }

  #describe(id: string, row: Row): Reply {
    if (row.goal !== null && row.goal.looks-- <= 0) {
      row.cluster.state = row.goal.state
      row.goal = null
    }
    if (row.cluster.state !== 'gone') return { body: row.cluster }
    this.rows.delete(id)
    return refusal(404, 5, `cluster "${id}" not found`)
  }

  #delete(row: Row): Reply {
    row.cluster.state = 'DELETING'
    row.goal = { state: 'gone', looks: 1 }
    return { body: {} }
  }

  #list(): Reply {
    const clusters = [...this.rows.values()].map(({ cluster }) => cluster)
    return { body: { clusters, totalSize: clusters.length } }
  }
}

const theAccount = {
  name: `accounts/${accountId}`,
  displayName: 'Acme',
  state: 'READY',
  status: { code: 'OK', message: '' },
  suspendState: 'UNSUSPENDED',
  accountType: 'ACCOUNT_TYPE_UNSPECIFIED',
}

function newRow(id: string, { displayName = '', eksCluster, fakeCluster = null }: JsonObject): Row {
  const now = new Date().toISOString()
  const cluster: JsonObject = {
    name: `${collection.slice('/v1/'.length)}/${id}`,
    displayName,
    createTime: now,
    state: 'CREATING',
    status: { code: 'OK', message: '' },
    updateTime: now,
    fakeCluster,
    annotations: {},
    isDlde: false,
    meteringKey: '',
  }
  if (isJsonObject(eksCluster)) {
    const told: JsonObject = Object.fromEntries(eksFields.map((field) => [field, eksCluster[field] ?? '']))
    told.fireworksManagerRole ||= `arn:aws:iam::${told.awsAccountId}:role/FireworksManagerRole`
    cluster.eksCluster = { ...told, subnetIds: [] }
  }
  return { cluster, goal: { state: 'READY', looks: 2 } }
}

function connectionInfo({ cluster }: Row): Reply {
  if (cluster.state !== 'READY') return refusal(400, 9, 'cluster is not ready')
  return { body: { endpoint: 'https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com', caData } }
}

/** Sets what the mask names, and refuses a mask that names what nobody may set. */
function patch({ cluster }: Row, body: JsonObject, mask: string | null): Reply {
  for (const path of mask?.split(',') ?? []) {
    const [field = '', inner] = path.replace(/_[a-z]/g, (pair) => pair.slice(1).toUpperCase()).split('.')
    const target = inner === undefined ? cluster : cluster[field]
    const source = inner === undefined ? body : body[field]
    const name = inner ?? field
    const isSettable = field === 'displayName' || (field === 'eksCluster' && inner !== undefined)
    if (!isSettable || !isJsonObject(target)) return refusal(400, 3, `could not find field ${path}`)
    target[name] = (isJsonObject(source) && source[name]) || ''
  }
  cluster.updateTime = new Date().toISOString()
  return { body: cluster }
}

function refusal(status: number, code: number, message: string): Reply {
  return { status, body: { code, message, details: [] } }
}
