import { expect, test } from 'vitest'
import { TestIssuer } from '../http/issuer.ts'
import { Client } from './client.ts'
import { Serving } from './serve.ts'

test('a served gateway takes the tokens of the issuers in its settings, and shows none of them', async () => {
  await using issuer = await TestIssuer.open()
  await using serving = await Serving.start({
    CLUSTERGATE_OIDC_ISSUERS: JSON.stringify(issuer.setting()),
    CLUSTERGATE_AUTH_FAILURES_PER_MINUTE: '2',
  })
  const now = Math.floor(Date.now() / 1000)
  const token = await issuer.token({ iat: now, exp: now + 600 })
  const me = await new Client(serving.client.url, token).expect(200, 'GET /whoami')
  expect(me).toMatchObject({
    actor: { type: 'user', id: `${issuer.url}#user-1` },
    authMethod: 'oidc',
    team: '*',
  })

  const expired = await issuer.token({ iat: now - 600, exp: now - 60 })
  const statuses = []
  for (let i = 0; i < 3; i++) {
    statuses.push((await new Client(serving.client.url, expired).send('GET /whoami')).status)
  }
  expect(statuses).toEqual([401, 401, 429])
  await serving.process.stop()
  for (const secret of [token, expired]) expect(serving.output).not.toContain(secret)
})
