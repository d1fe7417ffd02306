import type { HonoRequest } from 'hono'
import type { Json } from '../cluster/json.ts'
import { Problem } from '../cluster/problem.ts'

/** Bodies are small documents; a larger one is a mistake or an attack. */
export const mostBytes = 256 * 1024

/** The JSON of a request's body; undefined where it has none. Fails with 400, 413 or 415. */
export async function readJson(
  request: HonoRequest,
  contentTypes: readonly string[],
): Promise<Json | undefined> {
  const text = await readText(request)
  if (text.trim() === '') return undefined
  requireContentType(request.header('content-type'), contentTypes)
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the body, which may hold a secret.
    throw new Problem('malformed-json', 'The body is not well-formed JSON.')
  }
}

async function readText(request: HonoRequest): Promise<string> {
  const length = request.header('content-length')
  if (length !== undefined) {
    if (Number(length) > mostBytes) throw tooLarge()
    // The HTTP parser reads no further than the length that it was told.
    return length === '0' ? '' : decode(new Uint8Array(await request.arrayBuffer()))
  }
  const stream = request.raw.body
  return stream === null ? '' : decode(await gather(stream))
}

async function gather(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  if (bytes.byteLength > mostBytes) throw tooLarge()
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Problem('malformed-json', 'The body is not UTF-8.')
  }
}

function requireContentType(header: string | undefined, contentTypes: readonly string[]): void {
  const type = header?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (contentTypes.includes(type)) return
  const detail = `Send the body as ${contentTypes.join(' or ')}${type === '' ? '' : `, not as ${type.slice(0, 100)}`}.`
  throw new Problem('unsupported-media-type', detail, { headers: { accept: contentTypes.join(', ') } })
}

function tooLarge(): Problem {
  return new Problem('body-too-large', `A body may have ${mostBytes} bytes at the most.`)
}
