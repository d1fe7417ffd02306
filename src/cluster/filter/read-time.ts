const rfc3339 = /^\d{4}-\d\d-\d\d([Tt]([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d))?$/

/** Epoch milliseconds of an RFC 3339 time, or of a date's midnight in UTC; null for anything else. */
export function readTime(text: string): number | null {
  const time = rfc3339.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text.toUpperCase()) : Number.NaN
  return Number.isNaN(time) ? null : time
}

/** Of the 30th of February the language would make a day in March. */
function isDay(date: string): boolean {
  const time = Date.parse(date)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date)
}

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds of a duration: AIP-160's `1.5s`, and minutes, hours, days and weeks in the same way; null for anything else. */
export function readDuration(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,9}(?:\.\d{1,9})?)([smhdw])$/.exec(text) ?? []
  const unitMs = unitsMs[unit]
  return number === undefined || unitMs === undefined ? null : Math.round(Number(number) * unitMs)
}
