import type { FieldError } from '../../cluster/problem.ts'

const word = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const domain = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** Labels of a dedicated cluster go upstream, where the rules of Kubernetes hold for them. */
export function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const pointer = `/labels/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const errors: FieldError[] = []
    if (!isLabelKey(key))
      errors.push({ pointer, detail: 'is not a label key: [domain/]name, of 63 characters at most' })
    if (value !== '' && !word.test(value)) {
      errors.push({
        pointer,
        detail: 'must be empty or up to 63 letters, digits, -, _ and ., a letter or digit at both ends',
      })
    }
    return errors
  })
}

function isLabelKey(key: string): boolean {
  const slash = key.lastIndexOf('/')
  const prefix = key.slice(0, Math.max(slash, 0))
  const prefixFits = slash === -1 || (prefix.length <= 253 && domain.test(prefix))
  return prefixFits && word.test(key.slice(slash + 1))
}
