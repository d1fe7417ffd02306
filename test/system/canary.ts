import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A secret in every form of writing that may hide it. */
export function wholeFormsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const bytes = Buffer.from(secret)
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ]
}

/** And either end alone, which a cut may leave. For secrets that are random to their ends. */
export function formsOf(secret: string): string[] {
  return [...wholeFormsOf(secret), secret.slice(0, 12), secret.slice(-8)]
}

/** Which of the secrets, by name, stand in the text in any form. */
export function secretsIn(text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name)
}

/** Every file below a folder, by path, as text that keeps every byte. */
export function filesBelow(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      // A secret that is not ASCII would be missed; these all are.
      return [path, readFileSync(path, 'latin1')]
    })
}
