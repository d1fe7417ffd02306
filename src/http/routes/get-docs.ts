import { htmlType, pageReply } from '../docs/page.ts'
import { publicOperation } from '../operation.ts'

/** `render` gives the whole page. */
export const getDocs = (render: () => string) =>
  publicOperation({
    operationId: 'getDocs',
    method: 'get',
    path: '/docs',
    tags: ['Operations'],
    summary: 'Read the reference',
    description: 'All that can be asked of this gateway, for people. Needs no network beyond this server.',
    permission: 'public',
    audit: { notAudited: 'is the same for everybody' },
    responses: {
      200: {
        description: 'A page.',
        otherTypes: { [htmlType]: { description: 'HTML.', example: '<!doctype html>…' } },
      },
    },
    handler: () => pageReply(render()),
  })
