import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlattenedEncrypt } from 'jose'
import type { Place } from '../../src/cluster/place.ts'
import { readWrittenKey, readWrittenKeys } from '../../src/keys/key-sources.ts'
import { LiveKeyring } from '../../src/keys/live-keyring.ts'
import { MasterKeys, type MasterKeysDeps } from '../../src/keys/master-keys.ts'
import { openMasterKeys } from '../../src/keys/open-master-keys.ts'
import { protectedHeader } from '../../src/vault/envelope.ts'
import { parseMasterKey } from '../../src/vault/keyring.ts'
import { placeText } from '../../src/vault/place.ts'
import { Harness, zillizConnection } from '../http/harness.ts'

export const newKeyText = () => randomBytes(32).toString('base64')
export const kidOf = (text: string) => parseMasterKey(text).kid

/** The app with its master keys in files, as a platform team would have them. */
export class Keyed implements AsyncDisposable {
  readonly harness = new Harness()
  readonly first = newKeyText()

  static async open(): Promise<Keyed> {
    const keyed = new Keyed()
    keyed.write(keyed.first)
    await keyed.start()
    keyed.harness.admin = await keyed.harness.makeKey('admin', '*')
    await keyed.connect()
    return keyed
  }

  private get files() {
    const { folder } = this.harness
    return { current: join(folder, 'master.key'), previous: join(folder, 'previous.keys') }
  }

  /** What the files say from now on. */
  write(current: string, ...previous: string[]): void {
    writeFileSync(this.files.current, `${current}\n`)
    writeFileSync(this.files.previous, previous.map((key) => `${key}\n`).join(''))
  }

  keyring(): LiveKeyring {
    const { current, previous } = this.files
    const given = {
      current: readWrittenKey(readFileSync(current, 'utf8')).key,
      former: readWrittenKeys(readFileSync(previous, 'utf8')).map(({ key }) => key),
    }
    const sources = {
      current: { kind: 'file', path: current },
      previous: { kind: 'file', path: previous },
    } as const
    return new LiveKeyring(given, sources, (secret) => void this.harness.hidden.push(secret))
  }

  private get parts(): MasterKeysDeps {
    const { store, deps } = this.harness
    return { store, log: deps.log, keyring: this.keyring(), pause: async () => {} }
  }

  /** The process begins anew with what the files say. */
  async start(changed: Partial<MasterKeysDeps> = {}): Promise<MasterKeys> {
    const masterKeys = await openMasterKeys({ ...this.parts, ...changed })
    this.harness.deps.masterKeys = masterKeys
    this.harness.deps.vault = masterKeys.vault
    return masterKeys
  }

  /** One more process on the same database, with the keys that the files have now. */
  replica(): MasterKeys {
    return new MasterKeys(this.parts)
  }

  async connect(name = 'zilliz-prod', teams = ['*']): Promise<string> {
    const { status, json, text } = await this.harness.send('POST /connections', {
      body: { ...zillizConnection, name, teams },
    })
    if (status !== 201) throw new Error(text)
    return String(json.id)
  }

  /** A cluster with credentials that were supplied. */
  async clusterWithSecret(name: string, password: string, team = 'search'): Promise<string> {
    const id = await this.harness.makeCluster({ name, team })
    await this.harness.settle(id)
    const body = { username: 'db', password }
    const { status, text } = await this.harness.send(`PUT /clusters/${id}/credentials`, { body })
    if (status !== 200) throw new Error(text)
    return id
  }

  async reveal(id: string) {
    return this.harness.send(`POST /clusters/${id}/credentials/reveal`, { body: { reason: 'test' } })
  }

  /** Every envelope of the credentials, by cluster. */
  async envelopes(): Promise<Map<string, string>> {
    const { credentials } = this.harness.store.reader.tables
    const rows = await this.harness.store.reader.db.select().from(credentials)
    return new Map(rows.map((row) => [row.clusterId, row.sealed]))
  }

  /** Which master keys wrap something, by id, and how many values. */
  async wraps(): Promise<Record<string, number>> {
    const { json } = await this.harness.send('GET /admin/keys')
    const keys = json.keys as { kid: string; values: Record<string, number> }[]
    return Object.fromEntries(
      keys
        .map(({ kid, values }) => [kid, Object.values(values).reduce((sum, n) => sum + n, 0)] as const)
        .filter(([, values]) => values > 0),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.harness[Symbol.asyncDispose]()
  }
}

/** Seals as it was done before places named a team. */
export async function sealTeamless(text: string, keyText: string, place: Place): Promise<string> {
  const key = parseMasterKey(keyText)
  const { team: _, ...teamless } = place
  const aad = Object.values(teamless).map(encodeURIComponent).join('/')
  if (placeText(place) === aad) throw new Error('that is not how it was')
  const encoder = new TextEncoder()
  const jwe = await new FlattenedEncrypt(encoder.encode(text))
    .setProtectedHeader(protectedHeader)
    .setUnprotectedHeader({ kid: key.kid })
    .setAdditionalAuthenticatedData(encoder.encode(aad))
    .encrypt(await key.wrappingKey())
  const { protected: header, header: unprotected, encrypted_key, iv, ciphertext, tag } = jwe
  return JSON.stringify({
    protected: header,
    header: unprotected,
    encrypted_key,
    aad: jwe.aad,
    iv,
    ciphertext,
    tag,
  })
}
