import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { entriesOf, zillizCluster } from './harness.ts'
import { serve } from './served.ts'

/** Sends bytes as they are, and answers the first line of what comes back. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  const [chunk] = await once(socket, 'data')
  socket.destroy()
  return String(chunk).split('\r\n', 1)[0] ?? ''
}

test("the caller's address is in the audit entry", async () => {
  await using served = await serve()
  const { harness, port } = served
  const answer = await fetch(`http://127.0.0.1:${port}/clusters`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${harness.admin}`,
      'content-type': 'application/json',
      'user-agent': 'test/1',
    },
    body: JSON.stringify(zillizCluster),
  })
  expect(answer.status).toBe(202)
  const [entry] = await entriesOf(harness, 'cluster.create')
  expect(entry?.context).toEqual({ ip: '127.0.0.1', userAgent: 'test/1', interface: 'http' })
})

test('a body without a length is read no further than its limit: 413', async () => {
  await using served = await serve()
  const { harness, port } = served
  let sent = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1
      if (sent > 64) controller.close()
      else controller.enqueue(new Uint8Array(16 * 1024))
    },
  })
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { authorization: `Bearer ${harness.admin}`, 'content-type': 'application/json' },
    body: endless,
    duplex: 'half',
  }
  const answer = await fetch(`http://127.0.0.1:${port}/clusters`, init)
  expect(answer.status).toBe(413)
})

test('a body that says it is too large is not waited for: 413', async () => {
  await using served = await serve()
  const { harness, port } = served
  const head = `POST /clusters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${harness.admin}\r\nContent-Type: application/json\r\n`
  expect(await raw(port, `${head}Content-Length: 1000000000\r\n\r\n{`)).toContain('413')
})

test.each([
  '/clusters/%00',
  '/%c0%80',
  '//evil.example',
  '/clusters/..%2f..',
  '/clusters?%',
  '/\\',
  '*',
  'http://evil.example/whoami',
])('a path like %s is refused like any other', async (path) => {
  await using served = await serve()
  expect(await raw(served.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/ 4\d\d /)
})

test('a caller that leaves is waited for no longer', async () => {
  await using served = await serve()
  const { harness, port } = served
  const { events } = harness.store
  const id = await harness.makeCluster()
  const leaving = new AbortController()
  const answering = fetch(`http://127.0.0.1:${port}/clusters/${id}`, {
    headers: { authorization: `Bearer ${harness.admin}`, prefer: 'wait=60' },
    signal: leaving.signal,
  })
  const untilWaiting = async (callers: number) => {
    while (events.listenerCount('cluster') !== callers) await new Promise((resolve) => setImmediate(resolve))
  }
  await untilWaiting(1)
  leaving.abort()
  await expect(answering).rejects.toThrow()
  await untilWaiting(0)
})
