import { type Environment, type SettingName, settings } from './settings.ts'

/**
 * What a Kubernetes Service whose name begins with `clustergate` puts into the environment of every pod beside it:
 * CLUSTERGATE_SERVICE_HOST, CLUSTERGATE_PORT=tcp://…, CLUSTERGATE_PORT_8080_TCP_ADDR. Nobody set them, so they are no typos.
 */
const serviceLink = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/
const serviceAddress = /^(?:tcp|udp|sctp):\/\//

/** Variables that look like settings of clustergate and are not, with the setting that each may mean. */
export function unknownSettings(env: Environment): { name: string; meant: SettingName | null }[] {
  const known = new Set<string>(settings.map((setting) => setting.name))
  return Object.entries(env)
    .filter(([name]) => name.startsWith('CLUSTERGATE_') && !known.has(name))
    .filter(([name, value = '']) => !serviceLink.test(name) && !serviceAddress.test(value))
    .map(([name]) => ({ name, meant: nearest(name) }))
}

function nearest(name: string): SettingName | null {
  const far = 4
  const ranked = settings
    .map((setting) => ({ name: setting.name, distance: editDistance(bare(name), bare(setting.name)) }))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0] && ranked[0].distance < far ? ranked[0].name : null
}

function bare(name: string): string {
  return name.replace(/^CLUSTERGATE_/, '')
}

/** Levenshtein's: letters to insert, drop or change. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1]
    for (const [i, other] of [...b].entries()) {
      const change = (above[i] ?? 0) + (letter === other ? 0 : 1)
      current.push(Math.min(change, (above[i + 1] ?? 0) + 1, (current[i] ?? 0) + 1))
    }
    above = current
  }
  return above.at(-1) ?? 0
}
