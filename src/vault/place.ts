/** Where a sealed value belongs. It opens nowhere else. */
export interface Place {
  table: string
  row: string
  column: string
}

/** `table/row/column`, each part escaped so that no two places read alike. */
export function placeText(place: Place): string {
  return [place.table, place.row, place.column].map(encodeURIComponent).join('/')
}
