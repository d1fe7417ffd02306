import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { problemCodes } from '../../src/cluster/problem.ts'
import { html, prose } from '../../src/http/docs/html.ts'
import { operations } from '../../src/http/operations.ts'
import { adapters } from '../../src/providers/adapters.ts'
import { openHarness } from './harness.ts'

describe('the reference', () => {
  test('shows every operation, with a command to try it', async () => {
    await using harness = await openHarness()
    const { status, text } = await harness.send('GET /docs', { key: null })
    expect(status).toBe(200)
    for (const { operationId, undocumented } of operations(adapters, '0')) {
      if (!undocumented) expect(text).toContain(`<article id="${operationId}">`)
    }
    expect(text).toContain('curl -X POST http://localhost:8080/clusters \\')
  })

  test('needs nothing but this server, and lets nothing run', async () => {
    await using harness = await openHarness()
    const { text, headers } = await harness.send('GET /docs', { key: null })
    expect(text).not.toMatch(/<script|<link|<img|@import|url\(/)
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(text) ?? []
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`'sha256-${hash('sha256', style, 'base64')}'`)
  })

  test('links only to what there is', async () => {
    await using harness = await openHarness()
    const { text } = await harness.send('GET /docs', { key: null })
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    expect(links.filter((id) => !ids.has(id))).toEqual([])
    expect(links.length).toBeGreaterThan(50)
  })

  test('the address of the gateway leads there', async () => {
    await using harness = await openHarness()
    const { status, headers } = await harness.send('GET /', { key: null })
    expect([status, headers.get('location')]).toEqual([302, '/docs'])
  })
})

describe('problem pages', () => {
  test.each(Object.keys(problemCodes))('%s opens', async (code) => {
    await using harness = await openHarness()
    const { status, text } = await harness.send(`GET /problems/${code}`, { key: null })
    expect([status, text.includes(`<code>${code}</code>`)]).toEqual([200, true])
  })
})

describe('html', () => {
  test('escapes whatever is put in', () => {
    expect(html`<p title="${'"'}">${'<script>&'}</p>`.text).toBe('<p title="&quot;">&lt;script&gt;&amp;</p>')
    expect(prose('a `<b>` c\n\nd').text).toBe('<p>a <code>&lt;b&gt;</code> c</p><p>d</p>')
  })
})
