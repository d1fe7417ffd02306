import { beforeEach, expect, test } from 'vitest'
import { describeReport, Frontier } from '../../src/audit/verifier.mjs'
import { LogFixture } from './log-fixture.ts'

let log: LogFixture
let text: string
beforeEach(async () => {
  log = await LogFixture.open()
  for (const count of [5, 5, 1, 20, 9]) await log.batch(count)
  text = await log.export()
  return () => log[Symbol.asyncDispose]()
})

/** The export with another header, and lines left out or changed. */
function doctored(header: object, line: (text: string) => string | null = (same) => same): string {
  const [first = '', ...lines] = text.split('\n')
  const { clustergateAuditExport: given } = JSON.parse(first)
  const kept = lines.flatMap((each) => line(each) ?? [])
  return [JSON.stringify({ clustergateAuditExport: { ...given, ...header } }), ...kept].join('\n')
}

const indexOf = (line: string) => Number(/^\{"leafIndex":(\d+)/.exec(line)?.[1] ?? Number.NaN)
const withoutBody = (line: string) => (indexOf(line) >= 20 ? line.replace(/,"entry":.*$/, '}') : line)

test('the whole log is said to be whole', async () => {
  const report = await log.verifyExport({}, text)
  expect(report).toMatchObject({ ok: true, whole: true, treeSize: 40, entries: 40 })
  expect(describeReport(report)).toMatch(/All is right\.$/)
})

test('bodies that are left out by the header make it a part, and a receipt for one of them is not said to hold', async () => {
  const cut = doctored({ bodiesEnd: 20 }, (line) => withoutBody(line).replace('"entries":40', '"entries":20'))
  const report = await log.verifyExport({}, cut)
  expect(report).toMatchObject({ whole: false, bodiesEnd: 20 })
  expect(describeReport(report)).toMatch(/It is a PART of the log: entries at indexes 0 to 19, of 40\.$/)
  const receipts = log.receipts.slice(20, 21)
  expect((await log.verifyExport({ receipts }, cut)).findings).toMatchObject([{ kind: 'receipt', index: 20 }])
})

test.each<[string, () => string]>([
  ['tells of more entries than it has', () => doctored({ bodiesEnd: 20 }, withoutBody)],
  ['promises bodies beyond its end', () => doctored({ bodiesEnd: 41 })],
  [
    'ends before it says',
    () => doctored({}, (line) => (indexOf(line) > 30 || line.includes('\\n40\\n') ? null : line)),
  ],
])('one that %s breaks off', async (_, make) => {
  expect((await log.verifyExport({}, make())).findings).toContainEqual(
    expect.objectContaining({ kind: 'cut-off' }),
  )
})

test('one that begins anywhere and has nothing that is signed is not right', async () => {
  const frontier = new Frontier()
  frontier.append(Buffer.alloc(32))
  const peaks = frontier.peaks.map((hash) => hash.toString('base64'))
  const empty = doctored({ first: 1, bodiesEnd: 1, peaks }, (line) =>
    line.startsWith('{"end"') ? '{"end":{"treeSize":1,"entries":0}}' : null,
  )
  expect((await log.verifyExport({}, empty)).findings).toMatchObject([{ kind: 'checkpoint' }])
})

test.each([
  [{ first: 1e9 }],
  [{ first: -1 }],
  [{ first: '0' }],
  [{ first: 1 }],
  [{ peaks: ['x'] }],
  [{ bodiesEnd: null }],
  [{ bodiesEnd: -1 }],
  [{ keys: 'x' }],
  [{ keys: [1] }],
])('a header with %j is refused', async (header) => {
  await expect(log.verifyExport({}, doctored(header))).rejects.toThrow(/first line/)
})
