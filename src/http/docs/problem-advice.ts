import type { ProblemCode } from '../../cluster/problem.ts'

/** What each refusal means and what to do about it. */
export const problemAdvice: Record<ProblemCode, string> = {
  'invalid-request':
    'Something in the request is missing, unknown or not allowed. `errors` points at each field: correct them and send it again.',
  'malformed-json':
    'The body could not be read as JSON in UTF-8. Check it with a JSON tool; nothing was changed.',
  'invalid-page-token':
    'A page token goes on with the very list that gave it. Repeat all parameters of that request, or start again without `pageToken`.',
  'before-history':
    'What clusters were is kept since this gateway began to keep it, or as far back as retention goes. `earliestTime` is the first instant that can be asked for; of what was before, the audit log may tell.',
  unauthenticated:
    'Send a valid API key, `Authorization: Bearer cgk_…`, or a token of an issuer that the gateway trusts. It may be missing, mistyped, revoked or expired; `GET /whoami` tells whether it works.',
  forbidden:
    'The key or token is valid, but what it may do, or where, does not allow this. `GET /whoami` tells its scopes; an admin can make another key with `POST /api-keys`.',
  'policy-denied':
    "The team's policy does not allow this. `policy.rules` names every rule that is in the way, what was asked and what is allowed; `GET /teams/{team}/policy` shows the whole of it. An admin of all teams can change it.",
  'not-found': 'There is no such path, or no such thing that your key may see.',
  'method-not-allowed': 'The path exists, but not with this method. The `Allow` header lists those it knows.',
  'not-acceptable': 'The `Accept` header excludes every form in which this can be given.',
  'name-taken':
    'A living cluster (or a connection) has this name already. Choose another, or look at the one that has it.',
  'possible-duplicate':
    'The team made much the same cluster a moment ago, so this may be a repeat by mistake. `detail` tells how to say that it is not.',
  'operation-in-progress':
    'The cluster is busy with an earlier operation. Wait for its end with `GET /clusters/{id}` and `Prefer: wait=30`, then try again.',
  'wrong-state': 'The cluster is not in a state in which this is possible. `detail` says which it needs.',
  'deletion-protected':
    'The cluster is protected. Set `deletionProtection` to false with `PATCH /clusters/{id}` first, if it shall really go.',
  'unsupported-by-provider':
    'The provider, or this plan of it, cannot do this. `GET /providers/{provider}` tells what it can.',
  'connection-in-use': 'Living clusters use the connection. Delete them first.',
  'no-credentials':
    'The provider gave no credentials for this cluster. Supply some with `PUT /clusters/{id}/credentials`, if it has any.',
  'credentials-lost':
    'The provider gives a password once, in the reply to the create, and that reply never arrived, or the master key that sealed the password was lost. Reset it at the provider and supply it with `PUT /clusters/{id}/credentials`, use a key of the account, or delete the cluster and create it again.',
  'already-revealed':
    'Somebody asked for these credentials to be revealed once only, and that has happened: they are stored here no more. `GET /audit-entries?action=credential.reveal&target=…` tells to whom. Set a new password at the provider, and supply it with `PUT /clusters/{id}/credentials`.',
  'last-admin-key':
    'Without this key nobody could administer the gateway. Make another admin key for all teams first.',
  'key-ended': 'The API key opens nothing any more and stays that way. Make another with `POST /api-keys`.',
  'key-in-use':
    'Something in the database can be opened with this master key alone. `GET /admin/keys` tells how much, and how far the rewrap is.',
  'key-not-rotatable':
    'The gateway read its key settings again and found no new master key that it may take. `detail` says what is in the way; the steps are in `docs/keys.md`.',
  pruned:
    'The audit entry was old enough for retention to remove it. Its place and leaf hash stay: `GET /audit-entries/{id}/proof` still proves that it was there.',
  'etag-mismatch':
    'The thing has changed since you read it. Read it again, look at what changed, and repeat.',
  'body-too-large': 'Bodies may have 256 KiB at the most.',
  'unsupported-media-type': 'The `Content-Type` is not one that the operation takes. `Accept` lists those.',
  'idempotency-key-reused':
    'The same `Idempotency-Key` was sent before with another request. Take a new key for each new request, and the old one only to repeat the old request.',
  'rate-limited':
    'Too many requests, or too many failed authentications from your address. Wait as long as `Retry-After` says; a valid key or token is let through at once.',
  'internal-error':
    'A fault of the gateway. Its log has the cause under the `requestId`. Whether a change was made is told by reading the thing again.',
  'upstream-failed': 'The provider failed or could not be understood. `provider` says what it said itself.',
  'storage-unavailable':
    'The store cannot be read now. Nothing was changed. Try again as `Retry-After` says.',
  'audit-unavailable':
    'The store takes no record now: its disk is full, or somebody else holds it. Nothing changes here without a record, so the change was not made, and no provider was asked for anything. Reading still works. Send the request again as `Retry-After` says.',
  'too-many-exports':
    'Each export holds a view of the whole database until it is read to its end, so there may be a few at once. Wait for one to end, or read page by page with `pageSize`.',
  'issuer-unavailable':
    'The token cannot be checked now, because its issuer does not answer. Try again in a moment. API keys work meanwhile.',
  'not-yet-observed': 'The provider was not asked yet, or has not answered. Try again in a moment.',
  'not-yet-sequenced':
    'The audit entry is safely written down, and will have its place in the log within a second. Try again in a moment; if this goes on, the log of the gateway says why.',
  frozen:
    'Whoever runs the gateway has frozen it: it takes no changes for now, and goes on answering reads. Try again later.',
  'key-source-failed':
    'The file or command that gives the master key failed, so the gateway goes on with the keys it has. `detail` says how it failed.',
  'master-key-lost':
    'The gateway was started to be read, without the master key that seals its secrets: it changes and reveals nothing. `GET /admin/keys` names what is lost and the ways out.',
  'shutting-down': 'This process is stopping. Send the request again; another one will take it.',
}
