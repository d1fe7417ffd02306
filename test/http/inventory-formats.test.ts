import { describe, expect, test } from 'vitest'
import { openHarness } from './harness.ts'

describe('GET /clusters, by Accept', () => {
  test('NDJSON: the documents, a line each, and the next page by its link', async () => {
    await using harness = await openHarness()
    for (const name of ['a', 'b', 'c']) await harness.makeCluster({ name })
    const headers = { accept: 'application/x-ndjson' }
    const page = await harness.send('GET /clusters?pageSize=2&orderBy=name', { headers })
    expect(page.headers.get('content-type')).toBe('application/x-ndjson')
    const names = page.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).name)
    expect([names, page.headers.has('link')]).toEqual([['a', 'b'], true])
  })

  test('CSV: names first, quoted where it must be, and no formula for a spreadsheet', async () => {
    await using harness = await openHarness()
    const spec = { eks: { awsAccountId: '123456789012' } }
    const body = {
      provider: 'fireworks',
      connection: 'fireworks-prod',
      team: 'ml',
      region: 'us-east-1',
      spec,
    }
    await harness.makeCluster({
      ...body,
      name: 'a',
      displayName: '=1+1, "x"',
      labels: { env: 'prod', tier: 'gold' },
    })
    const page = await harness.send('GET /clusters', { headers: { accept: 'text/csv' } })
    expect(page.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [names = '', row = '', rest] = page.text.split('\r\n')
    expect(names).toMatch(/^id,name,displayName,provider,/)
    expect(row).toContain(`,a,"'=1+1, ""x""",fireworks,`)
    expect(row).toMatch(/,create,PENDING,env=prod tier=gold$/)
    expect(rest).toBe('')
  })

  test('JSON for a browser; 406 for what there is not', async () => {
    await using harness = await openHarness()
    const get = (accept: string) => harness.send('GET /clusters', { headers: { accept } })
    expect((await get('text/html,application/xml;q=0.9,*/*;q=0.8')).headers.get('content-type')).toBe(
      'application/json',
    )
    expect((await get('image/png')).json.code).toBe('not-acceptable')
  })
})
