import { sendDefaults } from './providers/call.ts'

/** How long each part of a call to a provider may take, and how much longer than a whole call a lease lasts. */
export interface Patience {
  connectTimeoutMs: number
  headersTimeoutMs: number
  bodyTimeoutMs: number
  leaseMarginMs: number
}

export const patient: Patience = { ...sendDefaults, leaseMarginMs: 50_000 }

/** What one call to a provider can take with all its timeouts, and a lease that leaves time to begin it. */
export function leaseOf({ connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs, leaseMarginMs }: Patience) {
  const callMs = connectTimeoutMs + headersTimeoutMs + 2 * bodyTimeoutMs
  return { callMs, leaseMs: callMs + leaseMarginMs }
}
