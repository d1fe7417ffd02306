/** Where a sealed value belongs: it opens nowhere else. */
export interface Place {
  table: string
  row: string
  column: string
  /** Whose it is; `*` where it is nobody's in particular. */
  team: string
}

/** The teams of a thing that serves several, as a place names them. */
export function placeTeam(teams: readonly string[]): string {
  return [...teams].sort().join(',')
}

/** Seals anew, for another place, what was sealed for one. */
export type Reseal = (envelope: string, from: Place, to: Place) => Promise<string>
