import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/cluster/json.ts'
import { type Arrived, FakeProvider, type Reply } from './fake-provider.ts'
import { advance, newRow, type Product, type Row } from './zilliz-rows.ts'

/** Where the public accounts of the service differ. */
export interface Manner {
  /** The code of a success: 0, or 200 as in the older style. */
  success: 0 | 200
  /** `much`: replicas, autoscaling and the kind of deployment too, which recordings of 2025 do not have. */
  tells: 'little' | 'much'
  /** What becomes of a dropped cluster: a row that says DELETED, or a refusal of one of three kinds. */
  dropped: 'row' | '96018' | '40021' | 'http 404'
}

export const projectId = 'proj-0123456789abcdef012345'
const products = ['createFree', 'createServerless', 'createDedicated']
const noSuch = 'Cluster not found. Please use the ListClusters API to obtain your scoped clusters.'

/** Zilliz Cloud, played from the public accounts of it: business errors come as HTTP 200, the list newest last. */
export class FakeZilliz extends FakeProvider {
  readonly rows: Row[] = []
  readonly key: string
  readonly #manner: Manner

  constructor(key: string, manner: Partial<Manner> = {}) {
    super()
    this.key = key
    this.#manner = { success: 0, tells: 'little', dropped: '96018', ...manner }
  }

  named(name: string): Row[] {
    return this.rows.filter(({ facts }) => facts.clusterName === name)
  }

  protected answer(request: Arrived): Reply {
    if (request.headers.authorization !== `Bearer ${this.key}`) {
      return { status: 401, body: { code: 21119, message: 'The apikey is illegal' } }
    }
    const reply = this.#route(request)
    return { ...reply, headers: { requestid: randomUUID() } }
  }

  #route(request: Arrived): Reply {
    const [, , collection = '', id = '', verb = ''] = request.url.pathname.split('/')
    if (collection !== 'clusters') return this.#directory(collection)
    if (id === '') return this.#list(request.url.searchParams)
    if (products.includes(id)) return this.#create(id as Product, request.json)
    const row = this.rows.find(({ clusterId }) => clusterId === id)
    if (!row || (row.status === 'DELETED' && this.#manner.dropped !== 'row')) return this.#gone()
    return verb === '' && request.method === 'GET' ? this.#describe(row) : this.#act(row, verb, request)
  }

  #directory(collection: string): Reply {
    const createTime = '2025-01-02T03:04:05Z'
    const told: Record<string, unknown> = {
      clouds: [{ cloudId: 'gcp', description: 'Google Cloud Platform' }],
      regions: [{ cloudId: 'gcp', regionId: 'gcp-us-west1', domain: 'api.cloud.zilliz.com' }],
      projects: [{ projectId, projectName: 'Default Project', instanceCount: 0, createTime }],
    }
    const data = told[collection]
    return data === undefined ? { status: 404, body: { code: 404, message: 'Not Found' } } : this.#ok(data)
  }

  #create(product: Product, asked: JsonObject): Reply {
    const taken = this.named(String(asked.clusterName)).some(({ status }) => status !== 'DELETED')
    if (taken) return refusal(40013, 'The specified cluster name already exists.')
    const row = newRow(product, asked)
    if (this.#manner.tells === 'little') row.unseen = 1
    else
      Object.assign(row.facts, {
        deploymentOption: product.slice('create'.length),
        replica: asked.replica ?? 1,
      })
    if (this.#manner.tells === 'much' && asked.autoscaling) row.facts.autoscaling = asked.autoscaling
    this.rows.push(row)
    const { clusterId, username, password } = row
    const prompt = 'Successfully submitted, cluster is being created.'
    return this.#ok({ clusterId, prompt, username, password })
  }

  #describe(row: Row): Reply {
    if (row.unseen-- > 0) return refusal(40021, 'The cluster ID does not exist.')
    advance(row)
    return this.#ok({ ...row.facts, status: row.status, aFieldOfTomorrow: { nobody: 'knows' } })
  }

  #list(query: URLSearchParams): Reply {
    const pageSize = Number(query.get('pageSize') ?? 10)
    const currentPage = Number(query.get('currentPage') ?? 1)
    const listed = this.rows.filter(({ status }) => status !== 'DELETED' || this.#manner.dropped === 'row')
    const clusters = listed
      .slice((currentPage - 1) * pageSize, currentPage * pageSize)
      .map(({ facts, status }) => ({ ...facts, status }))
    return this.#ok({ count: listed.length, currentPage, pageSize, clusters })
  }

  #act(row: Row, verb: string, { method, json, headers }: Arrived): Reply {
    if (row.status === 'DELETED') return this.#gone()
    const from = verb === 'resume' ? 'STOPPED' : 'RUNNING'
    if (verb !== 'drop' && row.status !== from) {
      return refusal(40003, 'Action not available given the current status of the cluster.')
    }
    if (method === 'PATCH' && headers.orgid === undefined) return refusal(400, 'Invalid request parameters.')
    this.#begin(row, verb, json)
    return this.#ok({ clusterId: row.clusterId, prompt: 'Successfully Submitted.' })
  }

  #begin(row: Row, verb: string, json: JsonObject): void {
    const told = this.#manner.tells === 'much' ? json : { cuSize: json.cuSize ?? row.facts.cuSize ?? 0 }
    const goals: Record<string, [string, string, JsonObject?]> = {
      drop: ['DELETING', 'DELETED'],
      suspend: ['STOPPING', 'STOPPED'],
      resume: ['RESUMING', 'RUNNING'],
      modify: ['MODIFYING', 'RUNNING', told],
      modifyReplica: ['MODIFYING', 'RUNNING', told],
      modifyProperties: ['RUNNING', 'RUNNING', json],
      '': ['RUNNING', 'RUNNING', json],
    }
    const [status, goal, facts = {}] = goals[verb] ?? ['RUNNING', 'RUNNING']
    row.status = status
    row.goal = { status: goal, facts, looks: 1 }
  }

  #gone(): Reply {
    const { dropped } = this.#manner
    if (dropped === 'http 404') return { status: 404, body: { code: 96018, message: noSuch } }
    return refusal(dropped === '40021' ? 40021 : 96018, noSuch)
  }

  #ok(data: unknown): Reply {
    return { body: { code: this.#manner.success, data } }
  }
}

function refusal(code: number, message: string): Reply {
  return { body: { code, message } }
}
