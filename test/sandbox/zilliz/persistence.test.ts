import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ZodError } from 'zod'
import { SpeedClock } from '../../../src/sandbox/clock.ts'
import { createZillizSandbox } from '../../../src/sandbox/zilliz/sandbox.ts'
import { setUp } from './fixture.ts'

let folder: string
let stateFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zilliz-sandbox-'))
  stateFile = join(folder, 'state.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('with a state file', () => {
  it('the next start finds the same clusters and projects', async () => {
    const first = setUp({ stateFile })
    await first.call('POST', '/v2/projects', { projectName: 'Research' })
    await first.running('Dedicated', { labels: { env: 'prod' } })
    await first.create('Serverless', { clusterName: 'young' })
    const second = setUp({ stateFile, clock: first.clock })
    expect(second.sandbox.clusters()).toEqual(first.sandbox.clusters())
    expect(second.sandbox.projects()).toEqual(first.sandbox.projects())
  })

  it('a creation goes on across a restart', async () => {
    const first = setUp({ stateFile })
    const { data } = await first.create('Serverless')
    first.clock.pass(20_000)
    const second = setUp({ stateFile, clock: first.clock })
    expect(await second.statusOf(String(data.clusterId))).toBe('RUNNING')
  })

  it('sandbox time does not go back across a restart', async () => {
    const first = setUp({ stateFile, clock: new SpeedClock({ startTime: Date.now() + 86_400_000 }) })
    await first.create('Serverless')
    const createTime = first.sandbox.clusters()[0]?.createTime
    expect(createZillizSandbox({ stateFile }).clock.now()).toBeGreaterThanOrEqual(createTime ?? Infinity)
  })

  it('holds no password and is readable by its owner only', async () => {
    const { data } = await setUp({ stateFile }).create('Serverless')
    expect(readFileSync(stateFile, 'utf8')).not.toContain(String(data.password))
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
  })

  it('a cluster whose create lost its reply is there after a restart', async () => {
    const first = setUp({ stateFile })
    first.sandbox.faults.add({ operation: 'createServerless', fault: { kind: 'dropAfter' } })
    await expect(first.create('Serverless')).rejects.toThrow()
    expect(setUp({ stateFile }).sandbox.clusters()).toHaveLength(1)
  })

  it('reset empties it too', async () => {
    const first = setUp({ stateFile })
    await first.create('Serverless')
    first.sandbox.reset()
    expect(setUp({ stateFile }).sandbox.clusters()).toEqual([])
  })

  it('a file that is something else is refused', () => {
    writeFileSync(stateFile, '{"version":9}')
    expect(() => createZillizSandbox({ stateFile })).toThrow(ZodError)
  })
})
