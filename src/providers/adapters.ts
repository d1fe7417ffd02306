import type { Adapters } from '../cluster/provider.ts'
import { fireworks } from './fireworks/adapter.ts'
import { zilliz } from './zilliz/adapter.ts'

/** Every provider that clustergate speaks to. A new one is a folder here, a sandbox, and a line in this map. */
export const adapters: Adapters = { zilliz, fireworks }
