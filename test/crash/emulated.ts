import { isJsonObject, type JsonObject } from '../../src/cluster/json.ts'
import { Process } from '../system/process.ts'

/** An emulated provider in a process of its own, which outlives every gateway. */
export class EmulatedProvider implements AsyncDisposable {
  readonly url: string
  readonly apiKey: string
  readonly #process: Process

  private constructor(process: Process, url: string, apiKey: string) {
    this.#process = process
    this.url = url
    this.apiKey = apiKey
  }

  static async start(provider: string): Promise<EmulatedProvider> {
    const process = new Process(['sandbox', provider, '--provisioning-ms', '300'])
    const [, url = '', key = ''] = await process.printed(/sandbox on (\S+), API key (\S+),/)
    return new EmulatedProvider(process, url, key)
  }

  async control(line: string, body?: JsonObject): Promise<JsonObject> {
    const [method = '', path = ''] = line.split(' ')
    const sent = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await fetch(`${this.url}/_sandbox${path}`, { method, ...sent })
    const text = await answer.text()
    const json: unknown = text === '' ? {} : JSON.parse(text)
    return isJsonObject(json) ? (json as JsonObject) : {}
  }

  /** The ids of the clusters that exist, however often one was made. */
  async living(idField: string): Promise<string[]> {
    const { clusters } = await this.control('GET /clusters')
    const rows = Array.isArray(clusters) ? clusters.filter(isJsonObject) : []
    return rows.filter((row) => row.deleted === false).map((row) => String(row[idField]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
  }
}
