import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { PathRouter } from '../../src/http/path-router.ts'

const app = new Hono({ router: new PathRouter() })
for (const path of [
  '/clusters/:id',
  '/clusters',
  '/clusters/import',
  '/clusters/:id/suspend',
  '/teams/:team',
])
  app.all(path, (context) => context.json({ path, ...context.req.param() }))

async function answer(path: string): Promise<unknown> {
  const response = await app.request(path)
  return response.status === 200 ? response.json() : response.status
}

test.each([
  ['/clusters', { path: '/clusters' }],
  ['/clusters/import', { path: '/clusters/import' }],
  ['/clusters/clu_1', { path: '/clusters/:id', id: 'clu_1' }],
  ['/clusters/import/suspend', { path: '/clusters/:id/suspend', id: 'import' }],
  ['/teams/a%2Fb', { path: '/teams/:team', team: 'a/b' }],
  ['/clusters/', 404],
  ['/clusters/clu_1/', 404],
  ['/clusters/clu_1/resume', 404],
  ['/', 404],
])('%s is found, whichever was mounted first', async (path, found) => {
  expect(await answer(path)).toEqual(found)
})

test.each([
  ['a method alone', (router: Hono) => router.get('/clusters', (context) => context.text(''))],
  ['a second handler', (router: Hono) => router.all('/clusters', (context) => context.text(''))],
  ['a middleware', (router: Hono) => router.use((_, next) => next())],
])('%s is refused, as it would never be found', (_, add) => {
  const router = new Hono({ router: new PathRouter() })
  router.all('/clusters', (context) => context.text(''))
  expect(() => add(router)).toThrow('one handler')
})
