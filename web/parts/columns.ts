/** The columns of the events' table: which, in which order, how wide. As text they stand in the address and in the settings. Pure. */

export type Column = {
  /** A field, or one of the page's own: `_kind`, `_ends` and `_event`. */
  readonly name: string
  /** In pixels; undefined takes what is left. */
  readonly width: number | undefined
}

export const widthMin = 56
export const widthMax = 1200
const columnsMax = 40

export const ownColumns: Readonly<Record<string, string>> = {
  '@timestamp': 'Time',
  _kind: 'Kind',
  _ends: 'Source → destination',
  _event: 'Event'
}

export const defaultColumns: readonly Column[] = [
  { name: '@timestamp', width: 186 },
  { name: '_kind', width: 108 },
  { name: '_ends', width: 302 },
  { name: '_event', width: undefined }
]

export const columnTitle = (name: string) => ownColumns[name] ?? name

/** `@timestamp~186,source.ip~140,_event`. Names with odd characters are percent-encoded. */
export function columnsText(columns: readonly Column[]): string {
  return columns
    .map(({ name, width }) => {
      const safe = name.replace(/[%,~]/g, c => `%${c.charCodeAt(0).toString(16)}`)
      return width === undefined ? safe : `${safe}~${Math.round(width)}`
    })
    .join(',')
}

/** Undefined where the text names no column. */
export function columnsOf(text: string | undefined): readonly Column[] | undefined {
  if (text === undefined || text.length > 4000) return undefined
  const columns = new Map<string, Column>()
  for (const part of text.split(',').slice(0, columnsMax)) {
    const [safe = '', width] = part.split('~')
    const name = decoded(safe)
    if (name === '') continue
    const pixels = width === undefined ? undefined : Number.parseInt(width, 10)
    columns.set(name, { name, width: pixels === undefined || Number.isNaN(pixels) ? undefined : bounded(pixels) })
  }
  return columns.size === 0 ? undefined : [...columns.values()]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const bounded = (width: number) => Math.min(widthMax, Math.max(widthMin, width))

export function resized(columns: readonly Column[], name: string, width: number): Column[] {
  return columns.map(column => (column.name === name ? { name, width: bounded(width) } : column))
}

/** Before (or behind, if it comes from the left) the place of the other. */
export function moved(columns: readonly Column[], name: string, to: number): Column[] {
  const column = columns.find(each => each.name === name)
  if (column === undefined) return [...columns]
  const rest = columns.filter(each => each !== column)
  const place = Math.min(Math.max(to, 0), rest.length)
  return [...rest.slice(0, place), column, ...rest.slice(place)]
}

/** A field's column stands before the sentence about the event, which takes what is left. */
export function toggled(columns: readonly Column[], name: string): Column[] {
  if (columns.some(each => each.name === name)) {
    const rest = columns.filter(each => each.name !== name)
    return rest.length === 0 ? [...defaultColumns] : rest
  }
  const own = defaultColumns.find(each => each.name === name)
  const column = own ?? { name, width: /ip$|address$/.test(name) ? 150 : /port$|bytes$/.test(name) ? 100 : 180 }
  const last = columns.findIndex(each => each.name === '_event')
  if (last < 0 || name === '_event') return [...columns, column]
  return [...columns.slice(0, last), column, ...columns.slice(last)]
}

/** For CSS: the row's first track is the button that opens it. */
export function gridTracks(columns: readonly Column[]): string {
  const isFilled = columns.some(column => column.width === undefined)
  const tracks = columns.map(({ width }, at) =>
    width === undefined
      ? 'minmax(220px, 1fr)'
      : !isFilled && at === columns.length - 1
        ? `minmax(${width}px, 1fr)`
        : `${width}px`
  )
  return `20px ${tracks.join(' ')}`
}

const gap = 12
const flexibleMin = 220

/** What a row needs in pixels; below that the table scrolls to the side. */
export function widthNeeded(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + gap + (width ?? flexibleMin), 20 + 2 * gap)
}
