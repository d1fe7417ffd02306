import type { Place } from '../cluster/place.ts'

/** What begins the text of every place that names a team. No table is called so. */
export const placeVersion = 'v2'

/** `v2/table/row/column/team`, each part escaped so that no two places read alike. */
export function placeText({ table, row, column, team }: Place): string {
  return [placeVersion, table, row, column, team].map(encodeURIComponent).join('/')
}

/** The text of the same place before places named a team. */
export function teamlessPlaceText({ table, row, column }: Place): string {
  return [table, row, column].map(encodeURIComponent).join('/')
}
