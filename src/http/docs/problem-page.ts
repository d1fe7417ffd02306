import { type ProblemCode, problemCodes } from '../../cluster/problem.ts'
import { html, prose } from './html.ts'
import { page } from './page.ts'
import { problemAdvice } from './problem-advice.ts'

/** The page that a problem's `type` opens. */
export function problemPage(code: ProblemCode): string {
  const [status, title] = problemCodes[code]
  return page(
    title,
    html`<main><p class="dim"><a href="/docs">clustergate</a> · problem</p>
<h1>${title}</h1>
<p><code>${code}</code> · HTTP ${status}</p>
${prose(problemAdvice[code])}
<p class="dim">The problem document has more: <code>detail</code> about this very request, and <code>requestId</code>, by which the log and the audit log know it.</p></main>`,
  )
}
