import { publicOperation } from '../operation.ts'

const textType = 'text/plain; version=0.0.4; charset=utf-8'

const example = `# HELP clustergate_clusters Clusters in the inventory.
# TYPE clustergate_clusters gauge
clustergate_clusters{provider="zilliz",state="READY"} 12
`

export const getMetrics = publicOperation({
  operationId: 'getMetrics',
  method: 'get',
  path: '/metrics',
  tags: ['Operations'],
  summary: 'Read what the gateway counts',
  description:
    "Counters and timings in Prometheus' text format: requests, calls to providers, the reconciler, commits, clusters by provider and state, the process. No secret, no team, no cluster and no caller is in it. Keep it to your own network at the proxy if its numbers are nobody's business.",
  permission: 'public',
  audit: { notAudited: 'counts, and names nobody' },
  quiet: true,
  responses: {
    200: {
      description: 'The numbers as they are now.',
      otherTypes: { [textType]: { description: 'Text.', example } },
    },
  },
  handler: async ({ deps }) => {
    const { contentType, text } = await deps.metrics.text()
    return { status: 200, headers: { 'content-type': contentType }, body: text }
  },
})
