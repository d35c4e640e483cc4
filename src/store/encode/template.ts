/**
 * Templates: how a row gives back, exactly, the document that was indexed and the text that arrived.
 *
 * Half of what a store of logs holds is the original text, and nearly all of that text stands in the columns already. So a row keeps
 * only a template: the text with a reference in the place of each value. Rows of one shape share a template, which costs them
 * nearly nothing (a dictionary-coded column); what no column holds exactly stands in the row's `rest`.
 *
 * A template is literal text with references `\x01 operation argument \x02` (JSON text holds no control characters, so these cannot
 * be mistaken; text that does contain them is kept verbatim instead). Operations, after `q` (as a JSON string) or `p` (plain):
 *   c FIELD       the column's text            C FIELD       in upper case
 *   m FIELD       the map's first value        M FIELD       in upper case      (`FIELD\x03N`: the value number N, from 0)
 *   t STYLE;FIELD the column's time: STYLE is a number of fraction digits and a zone (`3Z`, `6+0000`, `6-0400`),
 *                 or `e` for seconds since 1970, `E` for milliseconds
 *   i             the Community ID of the row's 5-tuple
 *   w FIELD       the column's list as a JSON array          e FIELD  its first element (`FIELD\x03N`), E in upper case
 *   d             nanoseconds from `event.start` to `event.end`, as far as their milliseconds tell
 *   s bytes       the source's and the destination's bytes (or `packets`) together
 *   o             the next piece of `rest`
 * Before it all stand marks `\x04FIELD\x04` of the fields that are given by referring to another one (`repeatedFields`).
 * A template that begins with `\x02/` escapes slashes in its JSON strings (`\/`), as some writers of JSON do.
 */

import { isoText, parseIso } from '../../core/time.ts'

/** The key of a document's computed fields, at the end of its template. */
export const computedKey = '='

/** What a stored row can tell. Undefined only if the row is damaged or the template is not of this row. */
export type RowValues = {
  column(field: string): string
  timeUs(field: string): number
  words(field: string): readonly string[]
  mapped(field: string, index: number): string | undefined
  communityId(): string | undefined
  readonly rest: string
}

const compiled = new Map<string, readonly string[]>()

/** Pieces of a template: literals at even places, references at odd ones. */
function pieces(template: string): readonly string[] {
  let parts = compiled.get(template)
  if (parts === undefined) {
    const found: string[] = []
    // Marks of repeated fields stand before the text: they are for searching.
    const marks = template.startsWith('\x04') ? template.lastIndexOf('\x04') + 1 : 0
    let at = template.startsWith('\x02/', marks) ? marks + 2 : marks
    for (;;) {
      const open = template.indexOf('\x01', at)
      if (open < 0) break
      const close = template.indexOf('\x02', open)
      found.push(template.slice(at, open), template.slice(open + 1, close))
      at = close + 1
    }
    found.push(template.slice(at))
    parts = found
    if (compiled.size > 5000) compiled.clear()
    compiled.set(template, parts)
  }
  return parts
}

/** The text that the template and the row's values make. */
export function render(template: string, row: RowValues): string {
  const parts = pieces(template)
  const slashes = template.startsWith('\x02/')
  const rest = row.rest === '' ? [] : row.rest.split('\x01')
  let restAt = 0
  let out = parts[0]!
  for (let i = 1; i < parts.length; i += 2) {
    const reference = parts[i]!
    const argument = reference.slice(2)
    let value: string | undefined
    switch (reference.charCodeAt(1)) {
      case 99: // c
        value = row.column(argument)
        break
      case 67: // C
        value = row.column(argument).toUpperCase()
        break
      case 109: // m
        value = mapped(row, argument)
        break
      case 77: // M
        value = mapped(row, argument)?.toUpperCase()
        break
      case 116: {
        // t
        const semicolon = argument.indexOf(';')
        value = timeText(row.timeUs(argument.slice(semicolon + 1)), argument.slice(0, semicolon))
        break
      }
      case 100: // d
        value = String((milliseconds(row.timeUs('event.end')) - milliseconds(row.timeUs('event.start'))) * 1_000_000)
        break
      case 115: // s
        value = String(Number(row.column(`source.${argument}`)) + Number(row.column(`destination.${argument}`)))
        break
      case 105: // i
        value = row.communityId()
        break
      case 119: // w
        value = JSON.stringify(row.words(argument))
        break
      case 101: // e
        value = element(row, argument)
        break
      case 69: // E
        value = element(row, argument)?.toUpperCase()
        break
      case 111: // o
        value = rest[restAt++]
        break
    }
    // A 5-tuple that makes no Community ID after all.
    if (value === undefined && reference.charCodeAt(1) === 105) {
      out += 'null' + parts[i + 1]!
      continue
    }
    if (value === undefined)
      throw new Error(`a template refers to a value that its row does not hold: ${JSON.stringify(reference)}`)
    if (reference.charCodeAt(0) === 113) {
      const quoted = JSON.stringify(value)
      out += slashes ? quoted.replaceAll('/', '\\/') : quoted
    } else out += value
    out += parts[i + 1]!
  }
  return out
}

/** The fields whose columns `render` looks at for a Community ID. */
const tupleFields = [
  'source.ip',
  'destination.ip',
  'source.port',
  'destination.port',
  'network.iana_number',
  'network.transport'
]

/** The fields whose columns `render` may look at for this template. */
export function fieldsOfTemplate(template: string): readonly string[] {
  const parts = pieces(template)
  const fields: string[] = []
  for (let i = 1; i < parts.length; i += 2) {
    const argument = parts[i]!.slice(2)
    switch (parts[i]!.charCodeAt(1)) {
      case 99: // c
      case 67: // C
      case 119: // w
        fields.push(argument)
        break
      case 101: // e
      case 69: // E
        fields.push(argument.split('\x03', 1)[0]!)
        break
      case 116: // t
        fields.push(argument.slice(argument.indexOf(';') + 1))
        break
      case 100: // d
        fields.push('event.start', 'event.end')
        break
      case 115: // s
        fields.push(`source.${argument}`, `destination.${argument}`)
        break
      case 105: // i
        fields.push(...tupleFields)
        break
    }
  }
  return fields
}

function mapped(row: RowValues, argument: string): string | undefined {
  const mark = argument.indexOf('\x03')
  return mark < 0 ? row.mapped(argument, 0) : row.mapped(argument.slice(0, mark), Number(argument.slice(mark + 1)))
}

function element(row: RowValues, argument: string): string | undefined {
  const mark = argument.indexOf('\x03')
  return mark < 0 ? row.words(argument)[0] : row.words(argument.slice(0, mark))[Number(argument.slice(mark + 1))]
}

export function milliseconds(us: number): number {
  return Math.floor(us / 1000)
}

/** The time in a style (see above). */
export function timeText(us: number, style: string): string {
  if (style === 'e') return String(us / 1_000_000)
  if (style === 'E') return String(us / 1_000)
  const digits = (style.charCodeAt(0) - 48) as 0 | 3 | 6
  const zone = style.slice(1)
  if (zone === 'Z' || zone === '+0000' || zone === '+00:00') return isoText(us, digits) + zone
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(zone.length - 2))
  return isoText(us + (zone.charCodeAt(0) === 45 ? -minutes : minutes) * 60_000_000, digits) + zone
}

/** Is this just the text that `timeText` would give? (Without making it: that costs more than reading.) */
export function isTimeText(us: number, style: string, text: string): boolean {
  const digits = style.charCodeAt(0) - 48
  const zoneLength = style.length - 1
  const fraction = digits === 0 ? 0 : digits + 1
  if (text.length !== 19 + fraction + zoneLength || text.charCodeAt(10) !== 84 || text.charCodeAt(17) === 54)
    return false
  if (digits !== 0 && text.charCodeAt(19) !== 46) return false
  for (let i = 0; i < zoneLength; i++) if (text.charCodeAt(19 + fraction + i) !== style.charCodeAt(i + 1)) return false
  const read = parseIso(text)
  return digits === 6
    ? read === us
    : read === (digits === 3 ? Math.floor(us / 1000) * 1000 : Math.floor(us / 1_000_000) * 1_000_000)
}

const stylePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?(Z|[+-]\d\d:?\d\d)$/

/** The style in which `timeText` might give this text back (to be tried, not trusted); undefined if there is none. */
export function timeStyle(text: string): string | undefined {
  const match = stylePattern.exec(text)
  if (match === null) return undefined
  return (match[1] === undefined ? '0' : match[1].length === 4 ? '3' : '6') + match[2]
}
