import { Problem, type ProblemCode, problemCodes } from '../../cluster/problem.ts'
import { htmlType, pageReply } from '../docs/page.ts'
import { problemPage } from '../docs/problem-page.ts'
import { publicOperation } from '../operation.ts'

export const getProblem = publicOperation({
  operationId: 'getProblem',
  method: 'get',
  path: '/problems/{code}',
  tags: ['Operations'],
  summary: 'Read about a problem',
  description: 'What the `type` of a problem document opens: what it means and what to do.',
  permission: 'public',
  audit: { notAudited: 'is the same for everybody' },
  params: { code: { description: 'The code of the problem.', example: 'name-taken' } },
  responses: {
    200: {
      description: 'A page.',
      otherTypes: { [htmlType]: { description: 'HTML.', example: '<!doctype html>…' } },
    },
  },
  handler: ({ params: { code = '' } }) => {
    if (!isProblemCode(code)) throw new Problem('not-found', 'There is no such problem.')
    return pageReply(problemPage(code))
  },
})

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCodes, code)
}
