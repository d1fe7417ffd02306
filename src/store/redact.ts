import { type Change, isJsonObject, type Json } from '../cluster/json.ts'
import { isSecretName } from '../cluster/secret-names.ts'

const redacted = '[redacted]'

/** Shorter texts stand in others by chance, so they are hidden only where they are the whole. */
const telling = 6

/** A text without the secrets of the request that it is about. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => {
    if (shown === secret) return redacted
    return secret.length < telling ? shown : shown.replaceAll(secret, redacted)
  }, text)
}

/** What changed, as an audit entry may tell it: nothing under the name of a secret, and no secret under any other name. */
export function redactChanges(changes: readonly Change[], secrets: readonly string[] = []): Change[] {
  return changes.map((change) => {
    const { path, before, after } = change
    if (isSecretPath(path)) return { path, before: before && redacted, after: after && redacted }
    return secrets.length === 0
      ? change
      : { path, before: redact(before, secrets), after: redact(after, secrets) }
  })
}

/** Labels are named by callers, and shown everywhere: what is called `key` there is none. */
function isSecretPath(path: string): boolean {
  const names = path.split('/')
  return names[1] !== 'labels' && names.some(isSecretName)
}

function redact(value: Json, secrets: readonly string[]): Json {
  if (typeof value === 'string') return withoutSecrets(value, secrets)
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets))
  if (!isJsonObject(value)) return value
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    isSecretName(name) && field !== null ? redacted : redact(field, secrets),
  ])
  return Object.fromEntries(fields)
}
