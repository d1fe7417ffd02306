import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readStateFile, writeStateFile } from '../../src/sandbox/state-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-state-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the state file', () => {
  it('is nothing before the first write', () => {
    expect(readStateFile(join(folder, 'none.json'))).toBeNull()
  })

  it('comes back as it was written, from folders made on the way', () => {
    const path = join(folder, 'deep', 'state.json')
    writeStateFile(path, { a: [1] })
    writeStateFile(path, { a: [2] })
    expect(readStateFile(path)).toEqual({ a: [2] })
  })

  it('is for its owner only and leaves no temporary file', () => {
    const path = join(folder, 'state.json')
    writeStateFile(path, {})
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['state.json'])
  })

  it('is refused when it is damaged rather than taken for empty', () => {
    const path = join(folder, 'state.json')
    writeFileSync(path, '{"clusters":[')
    expect(() => readStateFile(path)).toThrow(SyntaxError)
  })
})
