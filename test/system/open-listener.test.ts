import { expect, it } from 'vitest'
import { Serving } from './serve.ts'

const warning = 'put one that ends TLS in front, and name its address in CLUSTERGATE_TRUSTED_PROXIES'

it.each([
  ['what goes beyond this machine is warned of', { HOST: '0.0.0.0' }, true],
  [
    'not behind a proxy that is trusted',
    { HOST: '0.0.0.0', CLUSTERGATE_TRUSTED_PROXIES: '10.0.0.0/8' },
    false,
  ],
  ['not on this machine alone', {}, false],
])('%s', async (_, env, warned) => {
  await using serving = await Serving.start(env)
  expect(await serving.process.stop()).toBe(0)
  const lines = serving.output.split('\n').filter((line) => line.includes('"level":"warn"'))
  expect(lines.some((line) => line.includes(warning))).toBe(warned)
})
