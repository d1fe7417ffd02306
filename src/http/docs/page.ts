import { hash } from 'node:crypto'
import type { Reply } from '../reply.ts'
import { everyPage } from '../security-headers.ts'
import { Html, html } from './html.ts'
import { style } from './style.ts'

/** The one style sheet is known by its hash. */
const stylePolicy = `style-src 'sha256-${hash('sha256', style, 'base64')}'`

export function page(title: string, body: Html): string {
  const whole = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`
  return whole.text
}

export const htmlType = 'text/html; charset=utf-8'

export function pageReply(text: string): Reply {
  return {
    status: 200,
    headers: {
      'content-type': htmlType,
      ...everyPage,
      'content-security-policy': `${everyPage['content-security-policy']}; ${stylePolicy}`,
      'cache-control': 'public, max-age=300',
    },
    body: text,
  }
}
