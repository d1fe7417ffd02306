import type { TestProject } from 'vitest/node'
import { preparePostgres } from '../../src/store/open-postgres.ts'
import { type PostgresOfRun, seedTemplate, withClient } from './databases.ts'
import { startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresOfRun
  }
}

const template = 'template_of_tests'

/** One server for the whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  const { url } = server
  await withClient(`${url}postgres`, (client) => client.query(`CREATE DATABASE ${template}`))
  const tokenKey = await preparePostgres(url + template)
  await seedTemplate(url + template)
  project.provide('postgres', { url, template, tokenKey })
  return async () => server[Symbol.asyncDispose]()
}
