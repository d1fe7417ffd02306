import { isJsonObject, type Json, type JsonObject } from '../../src/cluster/json.ts'

export interface Answer {
  status: number
  headers: Headers
  text: string
  json: JsonObject
}

export interface Sent {
  body?: unknown
  headers?: Record<string, string>
}

/** A caller of the gateway over real HTTP. */
export class Client {
  readonly url: string
  readonly key: string
  /** Everything that was answered, for whoever searches it. */
  readonly answers: Answer[] = []

  constructor(url: string, key: string) {
    this.url = url
    this.key = key
  }

  /** `line` is `METHOD /path`. A body that is no string goes as JSON. */
  async send(line: string, { body, headers = {} }: Sent = {}): Promise<Answer> {
    const [method = '', path = ''] = line.split(' ')
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = { status: response.status, headers: response.headers, text, json: parsed(text) }
    this.answers.push(answer)
    return answer
  }

  /** Like `send`, and answers the document. Fails unless the status is the expected one. */
  async expect(status: number, line: string, sent: Sent = {}): Promise<JsonObject> {
    const answer = await this.send(line, sent)
    if (answer.status === status) return answer.json
    throw new Error(`${line} answered ${answer.status}, not ${status}: ${answer.text}`)
  }

  /** Changes a cluster, and waits until the provider has done it. */
  async settled(line: string, body?: unknown): Promise<JsonObject> {
    return this.expect(202, line, { body, headers: { prefer: 'wait=30' } })
  }

  /** Long-polls a cluster until it is as wanted. */
  async until(id: string, isWanted: (cluster: JsonObject) => boolean): Promise<JsonObject> {
    let cluster = await this.expect(200, `GET /clusters/${id}`)
    while (!isWanted(cluster)) {
      const headers = { prefer: 'wait=30', 'if-none-match': String(cluster.etag) }
      const answer = await this.send(`GET /clusters/${id}`, { headers })
      if (answer.status === 200) cluster = answer.json
    }
    return cluster
  }

  /** Every item of a list, to its last page. */
  async all(path: string, name: string): Promise<JsonObject[]> {
    const items: JsonObject[] = []
    let token: Json | undefined
    do {
      const url = new URL(path, this.url)
      url.searchParams.set('pageSize', '200')
      if (typeof token === 'string') url.searchParams.set('pageToken', token)
      const page = await this.expect(200, `GET ${url.pathname}${url.search}`)
      items.push(...listIn(page, name))
      token = page.nextPageToken
    } while (token !== undefined)
    return items
  }
}

export function listIn(page: JsonObject, name: string): JsonObject[] {
  const list = page[name]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

export function objectIn(parent: JsonObject, name: string): JsonObject {
  const value = parent[name]
  return isJsonObject(value) ? value : {}
}

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? (value as JsonObject) : {}
  } catch {
    return {}
  }
}
