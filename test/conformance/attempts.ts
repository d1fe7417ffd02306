import type { Account, Observed } from '../../src/cluster/provider.ts'
import type { Bench } from './bench.ts'
import type { Candidate } from './candidate.ts'

/** One way in which an adapter changes something upstream. */
export interface Attempt {
  title: string
  /** What the sandbox calls it. */
  operation: string
  /** Makes what it takes, and answers it; null where nothing has to be there. */
  arrange(bench: Bench): Promise<Observed | null>
  act(bench: Bench, account: Account, cluster: Observed | null): Promise<{ requestId: string | null }>
}

type ClusterAct = (bench: Bench, account: Account, cluster: Observed) => Promise<{ requestId: string | null }>

/** Every changing verb that the candidate has, updates call by call. */
export function attemptsOf({ operations, updates, unsupported }: Candidate): Attempt[] {
  const attempts: Attempt[] = [
    {
      title: 'create',
      operation: operations.create,
      arrange: async () => null,
      act: ({ adapter, wanted }, account) => adapter.create(account, wanted),
    },
    ...updates.map(({ operation, change }) =>
      onCluster(
        `update ${JSON.stringify(change)}`,
        operation,
        (bench) => bench.ready(),
        ({ adapter }, account, cluster) => adapter.update(account, cluster, change, []),
      ),
    ),
    onCluster(
      'delete',
      operations.delete,
      (bench) => bench.ready(),
      ({ adapter }, account, { externalId }) => adapter.delete(account, externalId),
    ),
  ]
  const { suspend, resume } = operations
  if (suspend !== null && !unsupported.includes('suspend')) {
    attempts.push(
      onCluster(
        'suspend',
        suspend,
        (bench) => bench.ready(),
        ({ adapter }, account, { externalId }) => adapter.suspend(account, externalId),
      ),
    )
  }
  if (resume !== null && !unsupported.includes('resume')) {
    attempts.push(
      onCluster('resume', resume, suspended, ({ adapter }, account, { externalId }) =>
        adapter.resume(account, externalId),
      ),
    )
  }
  return attempts
}

async function suspended(bench: Bench): Promise<Observed> {
  const { externalId } = await bench.ready()
  await bench.adapter.suspend(bench.account, externalId)
  bench.settle()
  return bench.observe(externalId)
}

function onCluster(
  title: string,
  operation: string,
  arrange: (bench: Bench) => Promise<Observed>,
  act: ClusterAct,
): Attempt {
  return {
    title,
    operation,
    arrange,
    act: async (bench, account, cluster) => {
      if (cluster === null) throw new Error(`${title} needs a cluster`)
      return act(bench, account, cluster)
    },
  }
}

/** One way in which an adapter reads. */
export interface Reading {
  title: string
  read(bench: Bench, account: Account, cluster: Observed): Promise<unknown>
}

export const readings: readonly Reading[] = [
  { title: 'verify', read: ({ adapter }, account) => adapter.verify(account) },
  { title: 'directory', read: ({ adapter }, account) => adapter.directory(account) },
  { title: 'find', read: ({ adapter, wanted }, account) => adapter.find(account, wanted) },
  { title: 'observe', read: ({ adapter }, account, { externalId }) => adapter.observe(account, externalId) },
  { title: 'list', read: (bench, account) => bench.listAll(account) },
  { title: 'access', read: ({ adapter }, account, cluster) => adapter.access(account, cluster) },
]
