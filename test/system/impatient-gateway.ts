import { readConfig } from '../../src/config.ts'
import { startGateway } from '../../src/gateway.ts'

/*
 * `clustergate serve` whose calls, and with them its leases, end after seconds: so that a test can live to see that one
 * replica takes over from another.
 */
const { config, secrets } = readConfig(process.env, { requireMasterKey: true })
const { masterKey } = secrets
if (masterKey === null) throw new Error('there is no master key')
const gateway = await startGateway(
  config,
  { ...secrets, masterKey },
  { connectTimeoutMs: 1000, headersTimeoutMs: 1000, bodyTimeoutMs: 1000, leaseMarginMs: 2000 },
)
gateway.becomeReady()
process.once('SIGTERM', () => void gateway.stop())
