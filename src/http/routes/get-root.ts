import { publicOperation } from '../operation.ts'

export const getRoot = publicOperation({
  operationId: 'getRoot',
  method: 'get',
  path: '/',
  tags: ['Operations'],
  summary: 'Go to the reference',
  description: 'For people who open the address of the gateway.',
  permission: 'public',
  audit: { notAudited: 'is the same for everybody' },
  undocumented: true,
  responses: { 302: { description: 'To the reference.' } },
  handler: () => ({ status: 302, headers: { location: '/docs' }, body: null }),
})
