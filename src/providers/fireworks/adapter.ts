import { ProviderFailure } from '../../cluster/failure.ts'
import type { Adapter, Verb } from '../../cluster/provider.ts'
import { access } from './access.ts'
import { create } from './create.ts'
import { remove } from './delete.ts'
import { list, pageSize } from './list.ts'
import { find, observe } from './lookup.ts'
import { check, matches, refusal, residue } from './rules.ts'
import { resourceId, settingsSchema } from './settings.ts'
import { policyTerms, shapeOf } from './shape.ts'
import { specSchema } from './spec.ts'
import { update } from './update.ts'
import { verify } from './verify.ts'

const minuteMs = 60_000

/**
 * Fireworks AI: inference on a customer's own EKS cluster. The cluster's name is its id there (`clusterId`) and its
 * external id here. Labels are the gateway's own.
 */
export const fireworks: Adapter = {
  id: 'fireworks',
  title: 'Fireworks AI',
  documentationUrl: 'https://docs.fireworks.ai/api-reference-dlde/create-cluster',
  capabilities: {
    suspend: false,
    resume: false,
    update: true,
    rename: false,
    credentials: false,
    kubeconfig: true,
    projects: false,
    regions: false,
  },
  limits: {
    name: resourceId,
    pageSize,
    // None is published for clusters; an account with a payment method has 6,000 calls a minute for everything.
    requestsPerSecond: 10,
    createTimeoutMs: 60 * minuteMs,
    updateTimeoutMs: 10 * minuteMs,
  },
  specSchema,
  settingsSchema,
  mutableSpecFields: ['eks'],

  check,
  policyTerms,
  shapeOf,
  scopeOf: () => '',
  upstreamFields: () => ['displayName'],
  refusal,
  residue,
  matches,

  verify,
  directory: async () => ({ regions: null, projects: null }),
  create,
  find,
  observe,
  update,
  suspend: async () => unsupported('suspend'),
  resume: async () => unsupported('resume'),
  delete: remove,
  list,
  access,
}

function unsupported(verb: Verb): never {
  const message = refusal(verb) ?? `Fireworks cannot ${verb} a cluster.`
  throw new ProviderFailure({ kind: 'unsupported', applied: 'no', retryable: false, message })
}
