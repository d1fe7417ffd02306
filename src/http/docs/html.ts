/** HTML that is ready to be sent. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Html | readonly Html[] | null

/** HTML in which everything put in is escaped, unless it is HTML itself. */
export function html(parts: TemplateStringsArray, ...pieces: Piece[]): Html {
  return new Html(parts.reduce((text, part, i) => text + textOf(pieces[i - 1] ?? null) + part))
}

function textOf(piece: Piece): string {
  if (piece === null) return ''
  if (piece instanceof Html) return piece.text
  if (typeof piece === 'object') return piece.map(textOf).join('')
  return escapeText(String(piece))
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Prose with `code` in backticks; blank lines make paragraphs. */
export function prose(text: string): Html {
  const paragraphs = text.split('\n\n').map((paragraph) => {
    const pieces = paragraph
      .split('`')
      .map((piece, i) => (i % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`))
    return html`<p>${pieces}</p>`
  })
  return html`${paragraphs}`
}
