import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import Database from 'better-sqlite3'
import { Hono } from 'hono'
import { Agent } from 'undici'
import { type Probe, probe } from './probe.ts'
import { answerCalls } from './rpc.ts'

/** What the gateway is held against: Hono and a handler that does the least that could be called the same. */
const app = new Hono()
const texts = new Map<string, string>()
const json = { 'content-type': 'application/json' }

app.get('/clusters/:id', (c) => c.body(texts.get(c.req.param('id')) ?? '', 200, json))

/** One table row is one JSON object, without a check, a mapping, or a second table. */
function servePages(database: string): void {
  const page = new Database(database, { readonly: true }).prepare(
    'select * from clusters order by create_time desc, id desc limit 50',
  )
  app.get('/clusters', (c) => c.body(JSON.stringify({ clusters: page.all() }), 200, json))
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

const calls = { ...probe, serveTexts, servePages, forwardTo, listen }
export type BareCalls = Probe & typeof calls
answerCalls(calls)
