/** Tables among samples: rows of as many cells, perhaps below a line that names the columns. One pattern reads all rows. */

import { isIp } from '../../core/ip.ts'
import type { Definition } from './definition.ts'
import { timeEnd } from './pattern.ts'
import { FieldNames } from './propose-names.ts'
import type { TokenKind } from './tokens.ts'

const separators = [',', ';', '|'] as const
const columnName = /^[A-Za-z_][\w .()/-]{0,63}$/

/** What is to be said of a table; undefined where the lines are none. */
export function proposeTable(
  lines: readonly string[],
  name: string
): Pick<Definition, 'patterns' | 'ignore' | 'set' | 'values' | 'fields'> | undefined {
  for (const separator of separators) {
    const cells = lines.map(line => cellsOf(line, separator))
    const [first, ...below] = cells as [string[], ...string[][]]
    if (first.length < 3 || !below.every(row => row.length === first.length)) continue
    const columns = first.map(cell => unquote(cell).trim())
    const isHeader =
      lines[0]!.length <= 1000 &&
      columns.every(column => columnName.test(column)) &&
      new Set(columns).size === columns.length
    if (isHeader && below.length > 0) return tableOf(below, columns, separator, [lines[0]!], name)
    // Without a header, several rows must agree, and nothing in them be like a sentence.
    if (cells.length >= 3 && first.length >= 4 && !lines.some(line => line.includes(`${separator} `)))
      return tableOf(cells, undefined, separator, [], name)
  }
  return undefined
}

function tableOf(
  rows: readonly string[][],
  columns: readonly string[] | undefined,
  separator: string,
  ignore: string[],
  name: string
): ReturnType<typeof proposeTable> {
  const names = new FieldNames(name)
  names.begin()
  const width = rows[0]!.length
  const parts = rows[0]!.map((value, at) => {
    const values = rows.map(row => row[at]!)
    if (columns !== undefined) names.literal(`${columns[at]!.replace(/\W+/g, '_')}=`)
    const kind = kindOf(values)
    const field = names.field({ kind, text: value }, values.map(unquote), '')
    if (kind !== 'word') return field
    // Cells may be empty, and hold blanks.
    const isQuoted = at < width - 1 || values.some(cell => cell.startsWith('"'))
    return field.replace(/:\w+\}$/, isQuoted ? ':quoted}' : ':text}')
  })
  return { patterns: [parts.join(separator)], ignore, ...names.result() }
}

function kindOf(values: readonly string[]): TokenKind {
  if (values.every(value => timeEnd(value, 0) === value.length && value !== '')) return 'time'
  if (values.every(value => isIp(value))) return 'ip'
  if (values.every(value => /^\d{1,15}(?:\.\d{1,9})?$/.test(value))) return 'number'
  return 'word'
}

/** A separator within quotes is none. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = []
  let from = 0
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    const c = line[at]
    if (c === '"' && (isQuoted || at === from)) isQuoted = !isQuoted
    else if (c === separator && !isQuoted) {
      cells.push(line.slice(from, at))
      from = at + 1
    }
  }
  return [...cells, line.slice(from)]
}

function unquote(cell: string): string {
  return cell.length >= 2 && cell.startsWith('"') && cell.endsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
}
