import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/cluster/json.ts'
import { type Harness, openHarness } from './harness.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/queries.md'), 'utf8')

/** The code of a kind, in the order of the document. */
function blocks(kind: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code = '']) => code)
}

/** The request that a `curl -s -G` makes. */
function requestOf(command: string): string {
  const [, path = ''] = /^curl -s -G "\$URL([^"]+)"/.exec(command) ?? []
  const query = new URLSearchParams()
  for (const [, quoted, bare] of command.matchAll(/ (?:-d|--data-urlencode) (?:'([^']*)'|(\S+))/g)) {
    const [name = '', ...value] = (quoted ?? bare ?? '').split('=')
    query.append(name, value.join('='))
  }
  return `GET ${path}?${query}`
}

const [list = '', summary = '', past = '', difference = ''] = blocks('sh').map(requestOf)
const [summaryAnswer, differenceAnswer] = blocks('json').map((code) => JSON.parse(code) as JsonObject)

/** The first of a list in an answer. */
function first(list: unknown): JsonObject {
  return (list as JsonObject[])[0] ?? {}
}

/** A cluster made in June, whose label was changed in August; it is October. */
async function autumn(): Promise<Harness> {
  const harness = await openHarness()
  const key = await harness.makeKey('operator', 'search')
  const on = (day: string) => {
    harness.clock.time = Date.parse(day)
  }
  on('2026-06-01')
  const id = await harness.makeCluster({ name: 'search-index', team: 'search', labels: { env: 'prod' } }, key)
  await harness.settle(id)
  on('2026-08-12')
  const headers = { 'content-type': 'application/merge-patch+json' }
  await harness.send(`PATCH /clusters/${id}`, { body: { labels: { env: 'test' } }, headers, key })
  on('2026-10-02')
  return harness
}

describe('what docs/queries.md shows is so', () => {
  test('a list', async () => {
    await using harness = await autumn()
    const { status, json } = await harness.send(list)
    expect(status).toBe(200)
    expect(first(json.clusters)).toEqual({
      id: expect.stringMatching(/^clu_/),
      name: 'search-index',
      team: 'search',
      labels: { env: 'test' },
    })
  })

  test('a summary', async () => {
    await using harness = await autumn()
    const { status, json } = await harness.send(summary)
    expect(status).toBe(200)
    expect(Object.keys(json)).toEqual(Object.keys(summaryAnswer ?? {}))
    expect(json.groups).toEqual([{ ...first(summaryAnswer?.groups), count: 1 }])
  })

  test('what a team owned at the end of a quarter, and who made each', async () => {
    await using harness = await autumn()
    const { status, json } = await harness.send(past)
    expect(status).toBe(200)
    expect(json.totalSize).toBe(1)
    const owned = first(json.clusters)
    expect(Object.keys(owned)).toEqual(['id', 'name', 'state', 'createdBy'])
    expect(owned).toMatchObject({ name: 'search-index', createdBy: { displayName: 'operator of search' } })
  })

  test('the difference of two instants', async () => {
    await using harness = await autumn()
    const { status, json } = await harness.send(difference)
    expect(status).toBe(200)
    const { diffs, ...instants } = differenceAnswer ?? {}
    expect(json).toMatchObject(instants)
    const [told, shown] = [first(json.diffs), first(diffs)]
    expect(Object.keys(told)).toEqual(Object.keys(shown))
    expect(told).toMatchObject({ change: shown.change, changes: shown.changes })
    const [act, shownAct] = [first(told.acts), first(shown.acts)]
    expect(Object.keys(act)).toEqual(Object.keys(shownAct))
    expect(act).toMatchObject({ action: shownAct.action, actor: { type: 'api_key' } })
  })

  test('every condition in its table', async () => {
    await using harness = await autumn()
    const [, table = ''] = text.split('\n## Filter\n')
    const conditions = [...table.matchAll(/`([\w."/]+ ?(?:[!<>]?=|[<>:]) ?[^`]+)`/g)].map(
      ([, one = '']) => one,
    )
    const read = conditions.filter((one) =>
      /^(?:team|state|createTime|age|observedAge|name|displayName|labels|expireTime)\b/.test(one),
    )
    expect(read.length).toBeGreaterThan(12)
    for (const filter of read) {
      const { status } = await harness.send(`GET /clusters?${new URLSearchParams({ filter })}`)
      expect([filter, status]).toEqual([filter, 200])
    }
  })
})
