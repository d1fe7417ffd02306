import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { reconcilerActor } from '../../src/cluster/actor.ts'
import type { JsonObject } from '../../src/cluster/json.ts'
import { Problem } from '../../src/cluster/problem.ts'
import { type AuditRecord, recordAudit } from '../../src/store/audit-entries.ts'
import type { Store } from '../../src/store/store.ts'
import { entriesOf, type Harness, openHarness } from './harness.ts'

const who = {
  actor: reconcilerActor,
  requestId: 'req_test',
  context: { ip: null, userAgent: null, interface: 'reconciler' },
} as const

/** Enough that an export takes several pages, and more than any buffer between the two ends of a connection holds. */
async function fill(store: Store, count: number, more: Partial<AuditRecord> = {}): Promise<void> {
  const record: AuditRecord = {
    action: 'cluster.observe',
    outcome: 'SUCCESS',
    targets: [],
    team: 'search',
    ...more,
  }
  await store.write(async (session) => {
    for (let i = 0; i < count; i++) await recordAudit(store, session, who, record)
  })
}

const hourMs = 3_600_000
const ndjson = { accept: 'application/x-ndjson' }
const csv = { accept: 'text/csv' }

function lines(text: string): JsonObject[] {
  expect(text.endsWith('\n')).toBe(true)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** The request over a connection whose far end reads only when it is told to. */
async function slowReader(harness: Harness, path: string) {
  const server = createAdaptorServer({ fetch: harness.app.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\nAuthorization: Bearer ${harness.admin}\r\n\r\n`,
  )
  await once(socket, 'readable')
  return {
    socket,
    [Symbol.asyncDispose]: async () => {
      socket.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** Resolves when the log says how an export ended. */
async function endOf(harness: Harness): Promise<JsonObject> {
  for (;;) {
    const line = harness.logLines.find((each) => each.includes('"export ended"'))
    if (line !== undefined) return JSON.parse(line)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** How the last export is told of in the audit log; waited for, as its end is written after the last byte. */
async function endEntry(harness: Harness): Promise<JsonObject | undefined> {
  for (;;) {
    const found = (await entriesOf(harness, 'audit.read')).find(({ changes }) =>
      (changes as JsonObject[]).some(({ path }) => path === '/rows'),
    )
    if (found) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('without pageSize and pageToken, a list in lines', () => {
  test('is whole, in order, without a cap, and narrowed like any other', async () => {
    await using harness = await openHarness()
    await fill(harness.store, 1700)
    const query = '?action=cluster.observe'
    const answer = await harness.send(`GET /audit-entries${query}`, { headers: ndjson })
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
    expect(answer.headers.has('link')).toBe(false)
    const ids = lines(answer.text).map(({ id }) => id)
    expect(ids).toHaveLength(1700)
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
    const { json } = await harness.send(`GET /audit-entries${query}&pageSize=200`)
    expect((json.auditEntries as JsonObject[]).map(({ id }) => id)).toEqual(ids.slice(0, 200))
  })

  test('of clusters too, in the order that was asked for', async () => {
    await using harness = await openHarness()
    for (const name of ['c', 'a', 'b']) await harness.makeCluster({ name })
    const { text } = await harness.send('GET /clusters?orderBy=name&team=search', { headers: ndjson })
    expect(lines(text).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    const other = await harness.makeKey('viewer', 'lab')
    const unseen = await harness.send('GET /clusters', { headers: csv, key: other })
    expect(unseen.text.split('\r\n')).toHaveLength(2)
  })

  test('of clusters tells of each what a page of the list tells, also of those that a later sync saw', async () => {
    await using harness = await openHarness()
    const [seen, synced] = [harness.clock.time - 2 * hourMs, harness.clock.time - hourMs]
    const time = new Date(seen).toISOString()
    const unlike: Parameters<Harness['settle']>[1][] = [
      {},
      { observedVia: null },
      { observedTime: null, observedVia: null },
      { observedTime: harness.clock.time, observedVia: 'refresh' },
      { absentSyncs: 1 },
      { state: 'DELETED' },
      { operationStatus: 'RUNNING' },
      { operationKind: null, operationStatus: null, operationStartTime: null },
      { displayName: `ü \n ","observedTime":"${time}","observedVia":"poll","operation":{` },
      { labels: { observedTime: time, observedVia: 'poll', operation: 'null' } },
    ]
    for (const [index, patch] of unlike.entries()) {
      const id = await harness.makeCluster({ name: `c${index}` })
      await harness.settle(id, { observedTime: seen, observedVia: 'poll', ...patch })
    }
    await harness.store.write(async ({ db, tables }) => {
      await db.update(tables.connections).set({ syncedTime: synced })
    })
    for (const orderBy of ['name', 'state desc']) {
      const { json } = await harness.send(`GET /clusters?orderBy=${orderBy}`)
      const { text } = await harness.send(`GET /clusters?orderBy=${orderBy}`, { headers: ndjson })
      expect(lines(text)).toEqual(json.clusters)
      expect(lines(text).filter(({ observedVia }) => observedVia === 'sync')).toHaveLength(5)
    }
  })

  test('is empty, or a line of names, where there is nothing', async () => {
    await using harness = await openHarness()
    expect((await harness.send('GET /clusters', { headers: ndjson })).text).toBe('')
    expect((await harness.send('GET /clusters', { headers: csv })).text).toMatch(/^id,name,[\w,]+\r\n$/)
  })

  test('CSV of entries: a row an entry, quoted, and no formula for a spreadsheet', async () => {
    await using harness = await openHarness()
    const target = { type: 'cluster', id: 'clu_1', displayName: 'one' } as const
    const changes = [{ path: '/labels/a', before: null, after: '"x",\ny' }]
    await harness.store.write((session) =>
      recordAudit(
        harness.store,
        session,
        { ...who, reason: '=HYPERLINK("http://evil","x")' },
        { action: 'cluster.update', outcome: 'SUCCESS', team: 'search', targets: [target], changes },
      ),
    )
    const { text, headers } = await harness.send('GET /audit-entries?action=cluster.update', { headers: csv })
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [names = '', row = ''] = text.split('\r\n')
    expect(names).toMatch(/^id,time,action,outcome,actorType,actorId,actor,/)
    expect(row).toContain(`,one (clu_1),`)
    expect(row).toContain(`,"'=HYPERLINK(""http://evil"",""x"")",`)
    expect(row).toMatch(/,"\[\{""after"":.*""path"":""\/labels\/a""\}\]"$/)
  })

  test('HEAD gets the headers and leaves no export open', async () => {
    await using harness = await openHarness({}, undefined, { most: 1 })
    for (let i = 0; i < 3; i++) {
      const { status, text } = await harness.send('HEAD /clusters', { headers: csv })
      expect([status, text]).toEqual([200, ''])
    }
  })

  test('a page is still a page', async () => {
    await using harness = await openHarness()
    await fill(harness.store, 5)
    const page = await harness.send('GET /audit-entries?pageSize=2', { headers: csv })
    expect(page.text.split('\r\n')).toHaveLength(4)
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '') ?? []
    expect((await harness.send(`GET ${next}`, { headers: csv })).text.split('\r\n')).toHaveLength(4)
  })
})

describe('an export', () => {
  test('holds what there was when it began, whatever is written meanwhile', async () => {
    await using harness = await openHarness()
    for (const name of ['a', 'b']) await harness.makeCluster({ name })
    const response = await harness.app.request('/clusters', {
      headers: { authorization: `Bearer ${harness.admin}`, ...ndjson },
    })
    await harness.makeCluster({ name: 'late' })
    const ids = (await harness.send('GET /clusters')).json.clusters as JsonObject[]
    await harness.send(`DELETE /clusters/${ids.at(-1)?.id}`)
    const told = lines(await response.text()).map(({ name, state }) => [name, state])
    expect(told).toEqual([
      ['b', 'PENDING'],
      ['a', 'PENDING'],
    ])
  })

  test('reads no further than its reader, and goes on when that does', async () => {
    await using harness = await openHarness()
    await fill(harness.store, 2000)
    const { snapshot } = harness.store
    let reads = 0
    harness.store.snapshot = async () => {
      const taken = await snapshot.call(harness.store)
      const read = taken.read.bind(taken)
      taken.read = (body) => {
        reads++
        return read(body)
      }
      return taken
    }
    const response = await harness.app.request('/audit-entries?action=cluster.observe', {
      headers: { authorization: `Bearer ${harness.admin}`, ...ndjson },
    })
    const reader = response.body?.getReader()
    const turns = async () => {
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
    }
    await turns()
    const seen: number[] = [reads]
    let bytes = 0
    for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
      bytes += chunk.value.byteLength
      await turns()
      seen.push(reads)
    }
    expect(seen.slice(0, 5)).toEqual([0, 1, 2, 3, 4])
    expect(bytes).toBeGreaterThan(100_000)
  })

  test('is freed when its reader goes away, and says how far it came', async () => {
    await using harness = await openHarness({}, undefined, { most: 1 })
    await fill(harness.store, 20_000)
    await using reader = await slowReader(harness, '/audit-entries?action=cluster.observe')
    const refused = await harness.send('GET /audit-entries', { headers: csv })
    expect([refused.status, refused.json.code]).toEqual([503, 'too-many-exports'])
    expect(refused.headers.get('retry-after')).toBe('10')
    reader.socket.destroy()
    const { rows, complete } = await endOf(harness)
    expect(complete).toBe(false)
    expect(Number(rows)).toBeLessThan(20_000)
    expect(await endEntry(harness)).toMatchObject({ outcome: 'FAILURE' })
    expect((await harness.send('GET /audit-entries', { headers: csv })).status).toBe(200)
  })

  test('that nobody reads for long is ended, and its connection cut, so that it is not taken for whole', async () => {
    await using harness = await openHarness()
    await fill(harness.store, 20_000)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using reader = await slowReader(harness, '/audit-entries?action=cluster.observe')
    const closed = once(reader.socket, 'close')
    vi.advanceTimersByTime(130_000)
    expect(await endOf(harness)).toMatchObject({ complete: false })
    let text = ''
    reader.socket.on('data', (chunk) => {
      text += chunk
    })
    reader.socket.on('error', () => {})
    await closed
    expect(text.endsWith('0\r\n\r\n')).toBe(false)
  })

  test('of the log that cannot be recorded is refused, and keeps no place; one for which there is no place is no reading', async () => {
    await using harness = await openHarness({}, undefined, { most: 1 })
    const { write } = harness.store
    harness.store.write = () => Promise.reject(new Problem('audit-unavailable', 'The disk is full.'))
    for (let i = 0; i < 2; i++) {
      const { json } = await harness.send('GET /audit-entries', { headers: csv })
      expect(json.code).toBe('audit-unavailable')
    }
    harness.store.write = write
    const taken = await harness.store.snapshot()
    const { json } = await harness.send('GET /audit-entries', { headers: csv })
    expect(json.code).toBe('too-many-exports')
    taken[Symbol.dispose]()
    expect(await entriesOf(harness, 'audit.read')).toEqual([])
    expect((await harness.send('GET /audit-entries', { headers: csv })).status).toBe(200)
  })

  test('of the log is two entries: before the first byte, and at the end with the number of rows', async () => {
    await using harness = await openHarness()
    await fill(harness.store, 3)
    const path = '/audit-entries?action=cluster.observe'
    const headers = { ...ndjson, 'x-request-id': 'r-export', reason: 'AUDIT-7' }
    await harness.send(`GET ${path}`, { headers })
    const end = await endEntry(harness)
    const form = { path: '/format', before: null, after: 'application/x-ndjson' }
    const request = { path: '/request', before: null, after: `GET ${path}` }
    const rows = { path: '/rows', before: null, after: 3 }
    expect(end).toMatchObject({ outcome: 'SUCCESS', reason: 'AUDIT-7', changes: [request, form, rows] })
    const { json } = await harness.send('GET /audit-entries?requestId=r-export')
    const [, begin] = json.auditEntries as JsonObject[]
    expect(begin).toMatchObject({ action: 'audit.read', outcome: 'UNKNOWN', changes: [request, form] })
  })
})
