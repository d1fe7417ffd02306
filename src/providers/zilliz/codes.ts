import type { FailureKind } from '../../cluster/failure.ts'

/** The codes of an error body, by what they mean. Several name the same refusal: by year, by route, by layer. */
const codesByKind: Partial<Record<FailureKind, readonly number[]>> = {
  unauthenticated: [21119, 80001, 80002, 1800],
  forbidden: [
    96012, // the project is another organization's
    96013, // the project's owner is needed
    96027, // the key's scope leaves the project out
    96014, // the same three for a cluster
    96015,
    96016,
    40022, // no access to this cluster
    80020, // no such cluster, or no access to it: which of the two it does not say
  ],
  'not-found': [404, 96018, 40021, 90102],
  'name-taken': [40013, 96017, 80010],
  'wrong-state': [40003],
  quota: [
    80007, // the size needs a bank card
    80008, // the size needs a contract
  ],
  unsupported: [
    96019, // no free plan in the region
    96020, // no serverless plan in the region
    96021, // not on a free cluster
    96022, // not on a serverless cluster
    96028, // on the enterprise plan only
    80021,
    80022,
    80025,
  ],
  'rate-limited': [429],
  unavailable: [96024, 96038, 96039, 96040],
  invalid: [
    400, // any parameter
    80000,
    96000, // cloud
    80016,
    63032,
    96001, // region
    96002, // size
    80006,
    80014,
    96003, // kind of compute unit
    80005,
    96004, // plan
    80013,
    63104, // a project's plan goes up only
    96005, // project
    80015,
    96006, // duration
    96007, // timestamp
    96011,
    96035,
    96008, // paging
    96009,
    80003,
    80004,
    96010, // name
    80009,
    80011, // description
    80012, // password
    96023, // no such class: kind, size and plan do not go together
    96025, // cluster id
    96036,
    90103,
    90104,
    90117, // host
    96026, // no such job: that says nothing of a cluster
    90144,
    ...[96029, 96030, 96031, 96032, 96033, 96034, 96037], // backups
    ...[47005, 47035, 47036, 47039, 47053, 47055, 83001, 83004, 10003], // imports
  ],
}

/** Every known code, and the kind of no that it is. */
export const catalogue: ReadonlyMap<string, FailureKind> = new Map(
  (Object.entries(codesByKind) as [FailureKind, readonly number[]][]).flatMap(([kind, codes]) =>
    codes.map((code) => [String(code), kind] as const),
  ),
)

/** The codes that say plainly that there is no such cluster. */
export const absentCodes: ReadonlySet<string> = new Set((codesByKind['not-found'] ?? []).map(String))

/** Says "not found or not permitted": no proof of either. */
export const absentOrForbiddenCode = '80020'
