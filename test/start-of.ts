import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How Node is started: its environment, and its options. */
export interface Start {
  env: Record<string, string>
  options: string[]
}

/** What an npm script says of it: `NAME=value … node --option … src/main.ts …`. */
export function startOf(script: 'start' | 'clustergate'): Start {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  const words: string[] = manifest.scripts[script].split(' ')
  const node = words.indexOf('node')
  const env = Object.fromEntries(words.slice(0, node).map((word) => word.split('=')))
  return { env, options: words.slice(node + 1, words.indexOf('src/main.ts')) }
}
