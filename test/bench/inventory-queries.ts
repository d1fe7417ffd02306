import Database from 'better-sqlite3'

/** A question to the gateway. */
export interface Query {
  path: string
  /**
   * The statement that somebody with the same tables would put instead. Left out where no index leads to just what is
   * asked for: then a page reads as many rows as it may, and what would read all of them is no measure of that.
   */
  raw?: string
  /** Whether to go to the middle of the list first. */
  isDeep?: true
  /** Whether the statement has a page of 50 rows. What of fewer rows takes longest is not the rows. */
  isFull?: boolean
}

const pageSize = 50

type Parameters = Record<string, string>

/** Columns that a cluster's row has for the sake of lists alone. */
const copies = new Set(['document', 'words', 'plan', 'creator_id', 'creator_name'])

const newest = 'order by clusters.create_time desc, clusters.id desc limit 50'
const latest = 'order by audit_entries.time desc, audit_entries.id desc limit 50'

/** Every kind of question that docs/queries.md tells of, with values that this database has. */
export function queriesOf(path: string): Record<string, Query> {
  const db = new Database(path, { readonly: true })
  try {
    const count = Number(db.prepare('select max(rowid) from clusters').pluck().get())
    const [middle, one] = [Math.floor(count / 2), Math.floor(count / 3)]
    const cluster = db.prepare('select * from clusters where rowid = ?').get(one) as Row
    const entry = db.prepare('select * from audit_entries where rowid = ?').get(one) as Row
    const queries = {
      ...clusterQueries(rowColumns(db).join(', '), cluster, middle),
      ...auditQueries(cluster, entry),
    }
    for (const query of Object.values(queries))
      if (query.raw) query.isFull = db.prepare(query.raw).all().length === pageSize
    return { ...queries, ...summaries }
  } finally {
    db.close()
  }
}

/** All that is told of a cluster in one place. */
export function rowColumns(db: Database.Database): string[] {
  const columns = db.prepare(`select name from pragma_table_info('clusters')`).pluck().all().map(String)
  return columns.filter((name) => !copies.has(name)).map((name) => `clusters.${name}`)
}

type Row = Record<string, string | number | null>

function clusterQueries(columns: string, one: Row, middle: number): Record<string, Query> {
  const select = (where: string, order = newest, from = 'clusters') =>
    `select ${columns} from ${from} where ${where} ${order}`
  const equal = (column: string, value: unknown, parameters: Parameters): Query => ({
    path: page(parameters),
    raw: select(`${column} = '${value}'`),
  })
  const ordered = (field: string, column: string): Query => ({
    path: page({ orderBy: field }),
    raw: select('true', `order by ${column}, clusters.id limit 50`),
  })
  const bounded = (parameters: Parameters): Query => ({ path: page(parameters) })
  const older = select(`clusters.create_time < (select create_time from clusters where rowid = ${middle})`)
  const labelled = 'cluster_labels l cross join clusters on clusters.id = l.cluster_id'
  const word = 'cluster_words w cross join clusters on clusters.id = w.cluster_id'
  return {
    'first page': { path: page({}), raw: select('true') },
    'first page, raw rows with documents': {
      path: page({}),
      raw: `select * from clusters where true ${newest}`,
    },
    'deep page': { path: page({}), isDeep: true, raw: older },
    'deep page by createTime': {
      path: page({ filter: 'createTime < 2030-01-01' }),
      isDeep: true,
      raw: older,
    },
    'by id': equal('id', one.id, { filter: `id = "${one.id}"` }),
    'by name': equal('name', one.name, { name: String(one.name) }),
    'by externalId': equal('external_id', one.external_id, { externalId: String(one.external_id) }),
    'by team': equal('team', 'team-7', { team: 'team-7' }),
    'by provider': equal('provider', 'fireworks', { provider: 'fireworks' }),
    'by connection': equal('connection', 'zilliz-bench-3', { connection: 'zilliz-bench-3' }),
    'by region': equal('region', 'gcp-us-west1', { region: 'gcp-us-west1' }),
    'by state': equal('state', 'READY', { state: 'READY' }),
    'by management': equal('management', 'IMPORTED', { management: 'IMPORTED' }),
    'by spec.plan': equal('plan', 'FREE', { filter: 'spec.plan = "FREE"' }),
    'by createdBy.id': equal('creator_id', 'key-team-7-2', { filter: 'createdBy.id = "key-team-7-2"' }),
    'by a label': {
      path: page({ 'label.env': 'prod' }),
      raw: select(
        `l.key = 'env' and l.value = 'prod'`,
        'order by l.create_time desc, l.cluster_id desc limit 50',
        labelled,
      ),
    },
    'by createTime': {
      path: page({ filter: 'createTime < 2026-01-01' }),
      raw: select(`create_time < ${Date.UTC(2026, 0, 1)}`),
    },
    'by age': {
      path: page({ filter: 'age > 100d' }),
      raw: select(`create_time < ${Date.now() - 100 * 86_400_000}`),
    },
    'by team and createTime': {
      path: page({ filter: 'team = "team-7" AND createTime < 2026-01-01' }),
      raw: select(`team = 'team-7' and create_time < ${Date.UTC(2026, 0, 1)}`),
    },
    'by the beginning of name': bounded({ filter: 'name = "fast-search-*"' }),
    'by team and state': bounded({ filter: 'team = "team-7" AND state = "FAILED"' }),
    'by region or label': bounded({ filter: 'region = "gcp-*" OR labels.env = "prod"' }),
    'by denial': bounded({ filter: 'NOT state = "READY"' }),
    'by displayName': bounded({ filter: 'displayName:search' }),
    'by the end of endpoint': bounded({ filter: 'endpoint = "*.zilliz.com"' }),
    'by a label being there': bounded({ filter: 'labels:env' }),
    'by expireTime being there': bounded({ filter: 'expireTime:*' }),
    'by operation.status': bounded({ filter: 'operation.status = "SUCCEEDED"' }),
    'by observedAge': bounded({ filter: 'observedAge > 0s' }),
    'by staleAfter': bounded({ staleAfter: '1s' }),
    'by what nothing meets': bounded({ filter: 'displayName:"nothing of the kind"' }),
    'by words of many': bounded({ q: 'fast search' }),
    'by a word of few': {
      path: page({ q: String(one.external_id).slice(5) }),
      raw: select(`w.word = '${String(one.external_id).slice(5)}'`, newest, word),
    },
    'by orderBy=name': ordered('name', 'name'),
    'by orderBy=updateTime': ordered('updateTime', 'update_time'),
    'by orderBy=expireTime desc': {
      path: page({ orderBy: 'expireTime desc' }),
      raw: select('expire_time is not null', 'order by expire_time desc, clusters.id desc limit 50'),
    },
    'by orderBy=team': {
      path: page({ orderBy: 'team' }),
      raw: select('true', 'order by team, create_time, clusters.id limit 50'),
    },
    "a team's by orderBy=name": {
      path: page({ team: 'team-7', orderBy: 'name' }),
      raw: select(`team = 'team-7'`, 'order by name, clusters.id limit 50'),
    },
    'with fields': { path: page({ fields: 'id,name,team,labels.env' }), raw: select('true') },
    'with a kept count': { path: page({ count: 'true', state: 'READY' }), raw: select(`state = 'READY'`) },
    'with a count of rows': bounded({ count: 'true', filter: 'expireTime:*' }),
  }
}

function auditQueries(cluster: Row, entry: Row): Record<string, Query> {
  const select = (where: string, from = 'audit_entries') =>
    `select audit_entries.* from ${from} where ${where} ${latest}`
  const equal = (column: string, name: string, value: unknown): Query => ({
    path: auditPage({ [name]: String(value) }),
    raw: select(`${column} = '${value}'`),
  })
  const target = 'audit_targets t cross join audit_entries on audit_entries.id = t.entry_id'
  const search = (match: string) =>
    `select audit_entries.* from audit_search cross join audit_entries on audit_entries.id = audit_search.entry_id
     where audit_search match '"${match}"' order by audit_search.rowid desc limit 50`
  return {
    'entries, first page': { path: auditPage({}), raw: select('true') },
    'entries by action': equal('action', 'action', 'cluster.update'),
    'entries by outcome': equal('outcome', 'outcome', 'FAILURE'),
    'entries by actor': equal('actor_id', 'actor', 'key-team-7-2'),
    'entries by team': equal('team', 'team', 'team-7'),
    'entries by requestId': equal('request_id', 'requestId', entry.request_id),
    'entries by target': {
      path: auditPage({ target: String(cluster.id) }),
      raw: select(`t.target_id = '${cluster.id}'`, target),
    },
    'entries by time': {
      path: auditPage({ from: '2025-06-01T00:00:00Z', to: '2026-06-01T00:00:00Z' }),
      raw: select(`time >= ${Date.UTC(2025, 5, 1)} and time < ${Date.UTC(2026, 5, 1)}`),
    },
    'entries by filter': {
      path: auditPage({ filter: 'context.userAgent:terraform AND action = "cluster.*"' }),
    },
    'entries by a word of many': { path: auditPage({ q: 'team-7' }), raw: search('team-7') },
    'entries by a word of few': {
      path: auditPage({ q: String(cluster.name) }),
      raw: search(String(cluster.name)),
    },
  }
}

const summaries: Record<string, Query> = {
  'summary by state': { path: '/clusters/summary' },
  'summary by team and state': { path: '/clusters/summary?groupBy=team,state' },
  'summary by month and state': { path: '/clusters/summary?groupBy=month,state' },
  'summary by label and month': { path: '/clusters/summary?groupBy=labels.env,month' },
}

function page(parameters: Parameters): string {
  return `/clusters?${new URLSearchParams({ pageSize: `${pageSize}`, ...parameters })}`
}

function auditPage(parameters: Parameters): string {
  return `/audit-entries?${new URLSearchParams({ pageSize: `${pageSize}`, ...parameters })}`
}
