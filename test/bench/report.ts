import { median } from './statistics.ts'

export interface Target {
  sign: '≥' | '≤'
  value: number
}

/** One thing that was measured. */
export interface Figure {
  what: string
  value: number
  unit: string
  /** The least and the most that a round gave, where there were rounds. */
  spread?: [least: number, most: number]
  /** What it should be. */
  target?: Target
  /** Its place in a table; `what` tells the same in one. */
  cell?: { row: string; column: string }
}

export interface PartReport {
  part: string
  about: string
  figures: Figure[]
}

export function figure(what: string, value: number, unit: string, target?: Target): Figure {
  return { what, value, unit, ...(target && { target }) }
}

export function cell(row: string, column: string, value: number, unit: string, target?: Target): Figure {
  return { ...figure(`${row}, ${column}`, value, unit, target), cell: { row, column } }
}

/** The median of the rounds, and how far they lie apart. */
export function overRounds(what: string, values: readonly number[], unit: string, target?: Target): Figure {
  return { ...figure(what, median(values), unit, target), spread: [Math.min(...values), Math.max(...values)] }
}

/** What each round of `a` gave as a multiple of what the round of `b` right after it gave. */
export function ratio(what: string, a: readonly number[], b: readonly number[], target?: Target): Figure {
  const ratios = a.map((value, index) => value / (b[index] ?? Number.NaN))
  return overRounds(what, ratios, '×', target)
}

export function meets({ value, target }: Figure): boolean {
  if (!target) return true
  return target.sign === '≥' ? value >= target.value : value <= target.value
}

/** A part as text to be read. */
export function renderPart({ part, about, figures }: PartReport): string {
  const single = figures.filter(({ cell }) => !cell)
  const width = Math.max(...single.map(({ what }) => what.length))
  const lines = single.map((figure) => `  ${figure.what.padEnd(width)}  ${renderFigure(figure)}`)
  return [`${part}: ${about}`, ...renderTable(figures), ...lines, ''].join('\n')
}

/** The figures that belong in a table, as one. An exclamation mark stands by what misses its target. */
function renderTable(figures: readonly Figure[]): string[] {
  const cells = figures.filter(({ cell }) => cell)
  const columns = new Map(cells.map((figure) => [figure.cell?.column, headOf(figure)]))
  const rows = Map.groupBy(cells, ({ cell }) => cell?.row ?? '')
  const width = Math.max(...[...rows.keys()].map((row) => row.length))
  const head = [...columns.values()].map((name) => ` ${name}`)
  const lines = [...rows].map(([row, ofRow]) => {
    const texts = [...columns.keys()].map((column, i) => {
      const found = ofRow.find(({ cell }) => cell?.column === column)
      const text = found ? `${round(found.value)}${meets(found) ? ' ' : '!'}` : ''
      return text.padStart(head[i]?.length ?? 0)
    })
    return `  ${row.padEnd(width)} ${texts.join('')}`
  })
  return cells.length === 0 ? [] : [`  ${' '.repeat(width)} ${head.join('')}`, ...lines]
}

function headOf({ cell, unit, target }: Figure): string {
  const wanted = target ? ` ${target.sign}${target.value}` : ''
  return `${cell?.column} ${unit}${wanted}`.padStart(9)
}

function renderFigure(figure: Figure): string {
  const { value, unit, spread, target } = figure
  const range = spread ? `${round(spread[0])} … ${round(spread[1])}` : ''
  const wanted = target ? `${target.sign} ${target.value} ${meets(figure) ? 'met' : 'MISSED'}` : ''
  return `${`${round(value)} ${unit}`.padEnd(16)}${range.padEnd(20)}${wanted}`.trimEnd()
}

/** Three digits that count, and no more zeros than there must be. */
function round(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : `${Number(value.toPrecision(3))}`
}
