import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { canaryPlace, checkCanary, sealCanary } from '../../src/vault/canary.ts'
import { MasterKey } from '../../src/vault/keyring.ts'
import { createVault } from '../../src/vault/vault.ts'

const key = new MasterKey(Uint8Array.from(randomBytes(32)))
const otherKey = new MasterKey(Uint8Array.from(randomBytes(32)))
const vault = createVault({ current: key, former: [] })

it('a canary opens with the key that sealed it, be it current or former', async () => {
  const envelope = await sealCanary(vault)
  await expect(checkCanary(vault, envelope)).resolves.toBeUndefined()
  const rotated = createVault({ current: otherKey, former: [key] })
  await expect(checkCanary(rotated, envelope)).resolves.toBeUndefined()
})

it('a canary refuses another key and names the one it wants', async () => {
  const other = createVault({ current: otherKey, former: [] })
  const refusal = { code: 'unknown-key', message: expect.stringContaining(key.kid) }
  await expect(checkCanary(other, await sealCanary(vault))).rejects.toMatchObject(refusal)
})

it('a canary refuses another text in its place', async () => {
  const cuckoo = await vault.seal('something else', canaryPlace)
  await expect(checkCanary(vault, cuckoo)).rejects.toMatchObject({ code: 'tampered' })
})
