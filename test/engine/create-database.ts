import { createDatabase } from './databases.ts'

const [run = '', name = ''] = process.argv.slice(2)
await createDatabase(JSON.parse(run), name)
