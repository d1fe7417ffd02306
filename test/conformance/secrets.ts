import { expect, it } from 'vitest'
import { ProviderFailure } from '../../src/cluster/failure.ts'
import type { Account, Observed } from '../../src/cluster/provider.ts'
import type { Fault } from '../../src/sandbox/faults.ts'
import { attemptsOf, readings } from './attempts.ts'
import { apiKey, Bench, expectNoSecret, failureOf, outcomeOf } from './bench.ts'
import type { Candidate } from './candidate.ts'

const password = 'Pa55word-that-nobody-may-see'
const base64Key = Buffer.from(apiKey).toString('base64')

const echoes: readonly { title: string; fault: Fault }[] = [
  { title: 'an error message', fault: { kind: 'error', code: 12345, message: `key ${apiKey} is odd` } },
  {
    title: 'a refusal of the key',
    fault: { kind: 'error', code: 401, message: `illegal: Bearer ${apiKey}`, httpStatus: 401 },
  },
  { title: 'an error code', fault: { kind: 'error', code: apiKey, message: 'odd', httpStatus: 400 } },
  {
    title: 'a plain page',
    fault: { kind: 'status', status: 500, body: `authorization: Bearer ${apiKey}\r\nhost: a` },
  },
  {
    title: 'an HTML page',
    fault: {
      kind: 'status',
      status: 502,
      contentType: 'text/html',
      body: `<pre>${'x'.repeat(180)} ${apiKey}</pre>`,
    },
  },
  {
    title: 'a page that writes it in other ways',
    fault: { kind: 'status', status: 400, body: `?key=${encodeURIComponent(apiKey)}&basic=${base64Key}` },
  },
  {
    title: 'a success that is none',
    fault: { kind: 'status', status: 200, contentType: 'application/json', body: `{"key":"${apiKey}` },
  },
]

/** Answers that may hold what was given once, and cannot be read. */
const leaks: readonly { title: string; fault: Fault }[] = [200, 201, 302, 500, 502].map((status) => ({
  title: `a cut answer with HTTP ${status}`,
  fault: {
    kind: 'status',
    status,
    contentType: 'application/json',
    body: `{"data":{"username":"u","password":"${password}","prom`,
  },
}))

/** Who may not, learns nothing; and what is secret stays out of every failure. */
export function secrets(candidate: Candidate): void {
  refusedAtTheDoor(candidate)
  keptSecret(candidate)
}

function refusedAtTheDoor(candidate: Candidate): void {
  it('a key that is refused is said to be so, by every method, and nothing is done', async () => {
    await using bench = await Bench.open(candidate)
    const wrong = { ...bench.account, apiKey: 'wrong-key-0123456789abcdef' }
    for (const { title, outcome, changed } of await tryAll(bench, wrong)) {
      const expected = { kind: 'unauthenticated', applied: 'no', retryable: false }
      expect(outcome, title).toMatchObject(expected)
      expect(changed, title).toBe(false)
    }
  })

  it('a connection that is refused is no attempt: nothing was applied, by any method', async () => {
    const cluster = await readyElsewhere(candidate)
    await using bench = await Bench.open(candidate)
    await bench.server.close()
    const refused: string[] = []
    for (const { title, run } of everything(bench, bench.account, cluster)) {
      const outcome = await outcomeOf(run())
      if (!(outcome instanceof ProviderFailure)) continue
      refused.push(title)
      expect(outcome, title).toMatchObject({ kind: 'unavailable', applied: 'no', retryable: true })
    }
    expect(refused).toEqual(expect.arrayContaining(attemptsOf(candidate).map(({ title }) => title)))
    expect(refused).toEqual(expect.arrayContaining(['verify', 'find', 'observe', 'list']))
    expect(bench.sandbox.requests.list()).toEqual([])
  })
}

function keptSecret(candidate: Candidate): void {
  it.each(echoes)('no failure holds the key, although $title echoes it', async ({ fault }) => {
    for (const failure of await failuresUnder(candidate, fault)) {
      expectNoSecret(failure, [apiKey, apiKey.slice(0, 24), base64Key.slice(0, 24)])
    }
  })

  it.each(leaks)('no failure holds a password, although $title has one', async ({ fault }) => {
    for (const failure of await failuresUnder(candidate, fault)) expectNoSecret(failure, [password])
  })

  it('no failure holds the password that a create gave before its answer was cut', async () => {
    await using bench = await Bench.open(candidate)
    bench.break({ operation: candidate.operations.create, fault: { kind: 'truncate' } })
    const failure = await failureOf(bench.adapter.create(bench.account, bench.wanted))
    expect(failure.message).not.toMatch(/password|username/i)
  })
}

async function readyElsewhere(candidate: Candidate): Promise<Observed> {
  await using bench = await Bench.open(candidate)
  return await bench.ready()
}

interface Tried {
  title: string
  outcome: unknown
  /** Something is different upstream. */
  changed: boolean
}

/** Calls every method on one READY cluster, and tells what came of those that asked the provider at all. */
async function tryAll(bench: Bench, account: Account, fault?: Fault): Promise<Tried[]> {
  const cluster = await bench.ready()
  const tried: Tried[] = []
  for (const { title, run } of everything(bench, account, cluster)) {
    bench.sandbox.requests.clear()
    if (fault) bench.break({ operation: '*', fault, times: null })
    const before = bench.world()
    const outcome = await outcomeOf(run())
    bench.sandbox.faults.clear()
    if (bench.sandbox.requests.list().length === 0) continue
    tried.push({ title, outcome, changed: bench.world() !== before })
  }
  expect(tried.length).toBeGreaterThanOrEqual(attemptsOf(bench.candidate).length + 4)
  return tried
}

/** The failures under a fault that nothing gets past; only what there is to choose from may be left untold. */
async function failuresUnder(candidate: Candidate, fault: Fault): Promise<ProviderFailure[]> {
  await using bench = await Bench.open(candidate)
  const tried = await tryAll(bench, bench.account, fault)
  const failed = tried.flatMap(({ outcome }) => (outcome instanceof ProviderFailure ? [outcome] : []))
  expect(failed.length).toBeGreaterThanOrEqual(tried.length - 1)
  return failed
}

function everything(bench: Bench, account: Account, cluster: Observed) {
  return [
    ...readings.map(({ title, read }) => ({ title, run: () => read(bench, account, cluster) })),
    ...attemptsOf(bench.candidate).map(({ title, act }) => ({
      title,
      run: () => act(bench, account, cluster),
    })),
  ]
}
