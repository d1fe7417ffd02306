export interface Welcome {
  url: string
  keyFile: string
  /** Shown on the first start only. */
  newKey: string | null
  emulators: { provider: string; url: string }[]
}

/** What a newcomer sees: where things are, and three requests to copy. */
export function welcome({ url, keyFile, newKey, emulators }: Welcome): string {
  const auth = `-H "Authorization: Bearer $(cat ${inShell(keyFile)})"`
  const body = JSON.stringify({
    provider: 'fireworks',
    connection: 'fireworks-sandbox',
    name: 'my-cluster',
    team: 'ml',
    region: 'us-east-1',
    spec: { eks: { awsAccountId: '123456789012' } },
  })
  const lines = [
    `clustergate is ready on ${url}   (API documentation: ${url}/docs)`,
    ...emulators.map(
      (emulator) => `  emulated ${emulator.provider} on ${emulator.url}   (controls: /_sandbox)`,
    ),
    '',
    newKey === null
      ? `Your admin key is in ${keyFile}.`
      : `Your admin key, shown this once and kept in ${keyFile}:\n  ${newKey}`,
    '',
    'Create a cluster, and wait for it:',
    `  curl -s ${url}/clusters ${auth} -H 'Content-Type: application/json' -H 'Prefer: wait=30' -d '${body}'`,
    '',
    'List what runs:',
    `  curl -s ${url}/clusters ${auth}`,
    '',
    'Who created it?',
    `  curl -s '${url}/audit-entries?action=cluster.create' ${auth}`,
    '',
    'Stop with Ctrl-C. Everything is still there at the next start.',
  ]
  return lines.join('\n')
}

/** A path as a shell takes it for one word, whatever is in it. */
function inShell(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
