import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import Database from 'better-sqlite3'
import { Hono } from 'hono'
import pg from 'pg'
import { Agent } from 'undici'
import { type Probe, probe } from './probe.ts'
import { answerCalls } from './rpc.ts'

/** What the gateway is held against: Hono and a handler that does the least that could be called the same. */
const app = new Hono()
const texts = new Map<string, string>()
const json = { 'content-type': 'application/json' }

app.get('/clusters/:id', (c) => c.body(texts.get(c.req.param('id')) ?? '', 200, json))

/** The rows of each statement under its name. A row is one JSON object, without a check or a mapping. */
function serveRows(database: string, named: Map<string, string>): void {
  const db = new Database(database, { readonly: true })
  const statements = new Map([...named].map(([name, sql]) => [name, db.prepare(sql)]))
  app.get('/rows/:name', (c) =>
    c.body(JSON.stringify({ rows: statements.get(c.req.param('name'))?.all() }), 200, json),
  )
}

export interface Statement {
  /** Of one that the server keeps prepared. */
  name?: string
  text: string
  values: unknown[]
}

/** The rows of several statements one after the other, under their common name. */
function serveStatements(url: string, named: Map<string, Statement[]>): void {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  app.get('/statements/:name', async (c) => {
    const rows: unknown[] = []
    for (const statement of named.get(c.req.param('name')) ?? [])
      rows.push((await pool.query({ ...statement, rowMode: 'array' })).rows)
    return c.body(JSON.stringify({ rows }), 200, json)
  })
}

/** Passes a create on at once and remembers nothing. */
function forwardTo(baseUrl: string): void {
  const agent = new Agent({ pipelining: 0 })
  app.post('/clusters', async (c) => {
    const body = await c.req.text()
    const path = '/v2/clusters/createServerless'
    const headers = { authorization: c.req.header('authorization') ?? '', ...json }
    const answer = await agent.request({ origin: baseUrl, path, method: 'POST', headers, body })
    return c.body(await answer.body.text(), 202, json)
  })
}

/** Every row of a statement as a line of JSON. Answers how many a second. */
function countRows(database: string, sql: string): number {
  const db = new Database(database, { readonly: true })
  const startMs = performance.now()
  let [rows, bytes] = [0, 0]
  for (const row of db.prepare(sql).iterate()) {
    bytes += `${JSON.stringify(row)}\n`.length
    rows++
  }
  db.close()
  if (bytes === 0) throw new Error('no rows')
  return rows / ((performance.now() - startMs) / 1000)
}

const server = createAdaptorServer({ fetch: app.fetch }) as Server

/** Answers its address. */
function listen(): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
    })
  })
}

/** Answers these texts under their ids. */
function serveTexts(given: Map<string, string>): void {
  for (const [id, text] of given) texts.set(id, text)
}

const calls = { ...probe, serveTexts, serveRows, serveStatements, countRows, forwardTo, listen }
export type BareCalls = Probe & typeof calls
answerCalls(calls)
