import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '../../src/cluster/id.ts'
import { type ClusterRow, insertClusterRow, readClusterRow } from '../../src/store/cluster-rows.ts'
import { createConnection } from '../../src/store/connections.ts'
import { createCluster } from '../../src/store/create-cluster.ts'
import type { Store } from '../../src/store/store.ts'
import { orderOf, who } from '../bench/orders.ts'
import { openStore, removePlace } from '../engine/open-store.ts'

export const startTime = Date.parse('2026-03-01T00:00:00Z')

/** A store with one cluster, and the means to add more like it. */
export class Inventory implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'clustergate-inventory-'))
  readonly clock = { time: startTime, now: () => this.clock.time }
  readonly #path = join(this.#folder, 'test.db')
  readonly store: Store = openStore({
    path: this.#path,
    clock: this.clock,
    newId,
    synchronous: 'OFF',
  })

  /** Makes the connection and the first cluster, and answers its row. */
  async begin(): Promise<ClusterRow> {
    const id = newId('con')
    await createConnection(
      this.store,
      { who },
      {
        id,
        name: 'zilliz-bench',
        provider: 'zilliz',
        teams: ['*'],
        settings: {},
        sealedApiKey: 'sealed',
        apiKeyFingerprint: 'print',
      },
    )
    const order = orderOf({ id, name: 'zilliz-bench' }, 'first')
    const { document } = await createCluster(this.store, { who }, order)
    return readClusterRow(this.store.reader, String(JSON.parse(document).id))
  }

  async add(rows: readonly ClusterRow[]): Promise<void> {
    await this.store.write(async (session) => {
      for (const row of rows) await insertClusterRow(this.store, session, row)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]()
    removePlace(this.#folder, this.#path)
  }
}
