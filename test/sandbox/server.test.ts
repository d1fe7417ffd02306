import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { ConnectionDropped, serveEmulator } from '../../src/sandbox/server.ts'

describe('serveEmulator', () => {
  it('answers over real HTTP on a port of its own choosing', async () => {
    await using server = await serveEmulator(
      { fetch: async (r) => Response.json({ got: r.url }) },
      { port: 0 },
    )
    const { body } = await request(`${server.url}/a?b=c`)
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    expect(await body.json()).toEqual({ got: `${server.url}/a?b=c` })
  })

  it('passes bodies and headers through', async () => {
    const fetch = async (r: Request) => Response.json({ body: await r.text(), key: r.headers.get('x-key') })
    await using server = await serveEmulator({ fetch }, { port: 0 })
    const { body } = await request(server.url, { method: 'POST', body: 'hello', headers: { 'x-key': 'k' } })
    expect(await body.json()).toEqual({ body: 'hello', key: 'k' })
  })

  it('cuts the connection without a reply when the emulator drops it', async () => {
    const fetch = async (r: Request) => {
      await r.text()
      throw new ConnectionDropped()
    }
    await using server = await serveEmulator({ fetch }, { port: 0 })
    await expect(request(server.url, { method: 'POST', body: 'x' })).rejects.toThrow(
      /other side closed|hang up|ECONNRESET/,
    )
  })

  it('tells a hanging emulator that the client has gone', async () => {
    const arrived = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const fetch = async (r: Request) => {
      await r.text()
      arrived.resolve()
      await new Promise<void>((resolve) => r.signal.addEventListener('abort', () => resolve()))
      released.resolve()
      throw new ConnectionDropped()
    }
    await using server = await serveEmulator({ fetch }, { port: 0 })
    const client = new AbortController()
    const answer = request(server.url, { method: 'POST', body: 'x', signal: client.signal })
    answer.catch(() => {})
    await arrived.promise
    client.abort()
    await released.promise
    await expect(answer).rejects.toThrow()
  })

  it('closing cuts what still hangs, and may be done twice', async () => {
    const arrived = Promise.withResolvers<void>()
    const fetch = () => {
      arrived.resolve()
      return new Promise<never>(() => {})
    }
    const server = await serveEmulator({ fetch }, { port: 0 })
    const answer = request(server.url)
    answer.catch(() => {})
    await arrived.promise
    await server.close()
    await server.close()
    await expect(answer).rejects.toThrow()
  })

  it('says so when the port is taken', async () => {
    const emulator = { fetch: async () => new Response() }
    await using server = await serveEmulator(emulator, { port: 0 })
    await expect(serveEmulator(emulator, { port: server.port })).rejects.toThrow(/EADDRINUSE/)
  })
})
