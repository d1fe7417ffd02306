import { z } from '@hono/zod-openapi'

const exampleHash = 'bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0='
const exampleOrigin = 'clustergate/0f8fad5bd9cb469fa16570867728950e'

export const exampleNote = `${exampleOrigin}
2
${exampleHash}

— ${exampleOrigin} UOF1tM7xxM2q6qS0C5sT7Yc2oQdC1yT0h2mJ6lq9v5o3Yk0m8pXy0lq1bqk9Jm0d4Yt1rZ8n5wq3sE7uV6xW9aBcDg==
`
export const exampleVerifierKey = `${exampleOrigin}+50e175b4+AT9eE6Sv0Z0t8K1vR0m1r4l5Jm0d4Yt1rZ8n5wq3sE7u`

const hash = z.base64().length(44).openapi({ example: exampleHash })

export const hashesSchema = z.array(hash)

export const auditProofSchema = z
  .object({
    leafIndex: z.int().openapi({ description: "The entry's place in the log, from 0 on.", example: 0 }),
    treeSize: z.int().openapi({ description: 'Entries that the checkpoint covers.', example: 2 }),
    leafHash: hash.openapi({ description: 'RFC 6962 leaf hash of the entry.' }),
    hashes: hashesSchema.openapi({ description: 'The audit path (RFC 6962, 2.1.1), from leaf to root.' }),
    checkpoint: z
      .string()
      .openapi({ description: 'The signed note (C2SP tlog-checkpoint).', example: exampleNote }),
  })
  .openapi('AuditProof', { description: 'That an entry is in the log, as it is shown.' })

export const exampleProof = {
  leafIndex: 0,
  treeSize: 2,
  leafHash: exampleHash,
  hashes: [exampleHash],
  checkpoint: exampleNote,
}

export const consistencyProofSchema = z
  .object({ hashes: hashesSchema })
  .openapi('ConsistencyProof', { description: 'That a later log begins with all that is in an earlier one.' })
