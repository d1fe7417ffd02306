/** Names of fields whose values are never shown, at any depth and in any case. */
export const secretNames = [
  'authorization|proxy-authorization|cookie|set-cookie|x-api-key|api[_-]?key|key|(?:master|admin)[_-]?key',
  'password|passwd|secret|(?:access|refresh)?[_-]?token|credentials?|plaintext',
].join('|')

const secretName = new RegExp(`^(?:${secretNames})$`, 'i')

export function isSecretName(name: string): boolean {
  return secretName.test(name)
}
