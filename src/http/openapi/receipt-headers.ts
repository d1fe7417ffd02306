const when = 'absent where nothing was written down'

/** The receipt of what a request did, as OpenAPI describes it. */
export const receiptHeaderDocs = {
  'Audit-Entry': {
    description: `Id of the audit entry of this request; ${when}.`,
    schema: { type: 'string' as const },
  },
  'Audit-Digest': {
    description: `\`sha-256=\` and the RFC 6962 leaf hash, in base64, of that entry: with its id, the receipt by which it can be held to be in the log; ${when}.`,
    schema: { type: 'string' as const },
  },
}
