import { afterAll, beforeAll, beforeEach, inject } from 'vitest'
import { watchQueries } from './activity.ts'
import { Databases } from './databases.ts'
import { useDatabases } from './open-store.ts'

/** How many stores a test opens at the same time, mostly. */
const atOnce = 2

const databases = new Databases(
  inject('postgres'),
  `t${process.pid}_${Math.random().toString(36).slice(2, 8)}`,
)
useDatabases(databases)
watchQueries()
beforeAll(() => databases.fill(atOnce))
beforeEach(() => databases.fill(atOnce))
afterAll(() => databases.drop())
