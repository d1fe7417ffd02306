import { z } from '@hono/zod-openapi'
import { secret } from './secret.ts'

export const exampleCredentials = { username: 'db_admin', password: 'a-password-given-once' }

const text = z.string().min(1).max(1024)

/** Credentials as they are supplied, and as they are sealed. */
export const suppliedCredentialsSchema = z
  .strictObject({
    username: text,
    password: secret(text),
    oneTimeReveal: z.boolean().optional().openapi({
      description: 'Reveal them once only: the first reveal removes them from the gateway.',
      default: false,
    }),
  })
  .openapi('SuppliedCredentials', { example: exampleCredentials })

export const credentialsSchema = z
  .strictObject({ username: text, password: secret(text) })
  .openapi('Credentials', { example: exampleCredentials })
