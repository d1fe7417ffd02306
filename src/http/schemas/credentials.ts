import { z } from '@hono/zod-openapi'

export const exampleCredentials = { username: 'db_admin', password: 'a-password-given-once' }

const text = z.string().min(1).max(1024)

export const credentialsSchema = z
  .strictObject({ username: text, password: text.openapi({ format: 'password' }) })
  .openapi('Credentials', { example: exampleCredentials })
