import { randomBytes } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../../../src/cluster/json.ts'

export type Product = 'createFree' | 'createServerless' | 'createDedicated'

/** What the play of a cluster at Zilliz Cloud needs to know of it. */
export interface Row {
  clusterId: string
  product: Product
  username: string
  password: string
  status: string
  /** What describe and list tell beside the status. */
  facts: JsonObject
  /** Where it is going, and how many descriptions it takes to get there. */
  goal: { status: string; facts?: JsonObject; looks: number } | null
  /** How many descriptions still fail, as they may right after a create. */
  unseen: number
}

const prefixes: Record<Product, string> = {
  createFree: 'in03',
  createServerless: 'in05',
  createDedicated: 'in01',
}

/** A cluster as a create makes it: on its way, with no address yet. */
export function newRow(product: Product, asked: JsonObject): Row {
  const tail = randomBytes(8).toString('hex').slice(0, 15)
  const clusterId = `${prefixes[product]}-${tail}`
  const { clusterName, projectId, regionId = '', description = '', plan, cuType = '' } = asked
  const dedicated = product === 'createDedicated'
  const address = dedicated
    ? `https://${clusterId}.${regionId}.vectordb.zillizcloud.com:19530`
    : `https://${clusterId}.serverless.${regionId}.cloud.zilliz.com`
  return {
    clusterId,
    product,
    username: dedicated ? 'db_admin' : `db_${tail}`,
    // Every character that some form of writing escapes.
    password: `aB3"\\&<%/${randomBytes(4).toString('hex')}`,
    status: 'CREATING',
    facts: {
      clusterId,
      clusterName: clusterName ?? '',
      projectId: projectId ?? '',
      description: dedicated ? 'pre create instance' : description,
      regionId,
      cuType,
      plan: dedicated ? (plan ?? 'Standard') : 'Serverless',
      connectAddress: '',
      privateLinkAddress: '',
      createTime: new Date().toISOString().replace(/\.\d+/, ''),
      cuSize: asked.cuSize ?? smallestSize(asked),
      storageSize: 0,
      snapshotNumber: 0,
      createProgress: 10,
    },
    goal: { status: 'RUNNING', facts: { connectAddress: address, createProgress: 100 }, looks: 2 },
    unseen: 0,
  }
}

/** A cluster that scales by itself begins at the lower end of its range, and tells where it is. */
function smallestSize({ autoscaling }: JsonObject): Json {
  const cu = isJsonObject(autoscaling) && isJsonObject(autoscaling.cu) ? autoscaling.cu : {}
  return cu.min ?? 0
}

/** One description later. */
export function advance(row: Row): void {
  if (row.goal === null || row.goal.looks-- > 0) return
  row.status = row.goal.status
  Object.assign(row.facts, row.goal.facts)
  row.goal = null
}
