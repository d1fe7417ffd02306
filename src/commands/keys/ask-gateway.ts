import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as setTimeoutAsync } from 'node:timers/promises'
import { z } from 'zod'
import { StartRefusal } from '../../cluster/start-refusal.ts'
import type { Config, Secrets } from '../../config.ts'

const answerSchema = z.object({
  keys: z.array(z.object({ kid: z.string(), role: z.string(), retirable: z.boolean() })),
  rewrap: z.object({
    status: z.string(),
    rewrapped: z.number(),
    failed: z.number(),
    remaining: z.number(),
  }),
  readOnly: z.boolean(),
})
export type KeysAnswer = z.infer<typeof answerSchema>

const problemSchema = z.object({ code: z.string(), detail: z.string() })

/** A running gateway, asked with an admin key over its API. */
export class AskedGateway {
  readonly #url: string
  readonly #apiKey: string

  constructor(url: string, apiKey: string) {
    this.#url = url
    this.#apiKey = apiKey
  }

  /** @throws StartRefusal with what the gateway said, or that nobody answered */
  async ask(method: 'GET' | 'POST', path: string): Promise<KeysAnswer> {
    const response = await this.#send(method, path)
    const body: unknown = await response.json().catch(() => null)
    if (response.ok) return answerSchema.parse(body)
    const problem = problemSchema.safeParse(body)
    const said = problem.success ? `${problem.data.detail} (${problem.data.code})` : `HTTP ${response.status}`
    throw new StartRefusal(`The gateway at ${this.#url} refused: ${said}`)
  }

  async #send(method: string, path: string): Promise<Response> {
    try {
      return await fetch(new URL(path, this.#url), {
        method,
        headers: { authorization: `Bearer ${this.#apiKey}` },
        signal: AbortSignal.timeout(30_000),
      })
    } catch {
      throw new StartRefusal(
        `Nobody answers at ${this.#url}. Say where the gateway is: --url http://HOST:PORT.`,
      )
    }
  }

  /** Resolves when everything is under the current key, or what is left does not open. */
  async rewrapped(tell: (answer: KeysAnswer) => void): Promise<KeysAnswer> {
    for (;;) {
      const answer = await this.ask('GET', '/admin/keys')
      const { status, remaining, failed } = answer.rewrap
      if (status === 'IDLE' && (remaining === 0 || failed > 0)) return answer
      tell(answer)
      await setTimeoutAsync(500)
    }
  }
}

/** @throws StartRefusal without an admin key */
export function runningGateway(config: Config, secrets: Secrets, url = urlOf(config)): AskedGateway {
  const file = join(config.dataDir, 'admin.key')
  const apiKey = secrets.adminKey ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : null)
  if (apiKey !== null) return new AskedGateway(url, apiKey)
  throw new StartRefusal(
    `The gateway at ${url} must be asked with the key of an admin of all teams: set CLUSTERGATE_ADMIN_KEY.`,
  )
}

function urlOf({ host, port }: Config): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
