/** RFC 4180 cells, and which sign separates them. Hand-written: this is the hot path of tables. */

/** The signs that separate cells, most common first. */
const delimiters: readonly string[] = [',', ';', '\t', '|']

/** The delimiter that occurs most often outside quotes in the header; undefined where there is none. */
export function delimiterOf(header: string): string | undefined {
  let best: string | undefined
  let most = 0
  for (const delimiter of delimiters) {
    const code = delimiter.charCodeAt(0)
    let count = 0
    let quoted = false
    for (let i = 0; i < header.length; i++) {
      const c = header.charCodeAt(i)
      if (c === 34) quoted = !quoted
      else if (c === code && !quoted) count++
    }
    if (count > most) {
      most = count
      best = delimiter
    }
  }
  return best
}

/**
 * The cells of one record (without its line terminator). A cell that begins with a quote ends at the next single quote;
 * doubled quotes stand for one; text between a closing quote and the delimiter is kept. At most `cellsMax` cells.
 */
export function splitCells(text: string, delimiter: string, cellsMax: number): string[] {
  const cells: string[] = []
  let at = 0
  while (cells.length < cellsMax) {
    if (text.charCodeAt(at) === 34) {
      const quoted = quotedCell(text, at + 1, delimiter)
      cells.push(quoted.value)
      if (quoted.end >= text.length) return cells
      at = quoted.end + 1
      continue
    }
    const end = text.indexOf(delimiter, at)
    if (end < 0) {
      cells.push(at === 0 ? text : text.slice(at))
      return cells
    }
    cells.push(text.slice(at, end))
    at = end + 1
  }
  return cells
}

/** From after the opening quote; `end` is the delimiter's index or the text's length. */
function quotedCell(text: string, at: number, delimiter: string): { readonly value: string; readonly end: number } {
  let value = ''
  let from = at
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return { value: value + text.slice(from), end: text.length }
    value += text.slice(from, quote)
    if (text.charCodeAt(quote + 1) === 34) {
      value += '"'
      from = quote + 2
      continue
    }
    const found = text.indexOf(delimiter, quote + 1)
    const end = found < 0 ? text.length : found
    return { value: end === quote + 1 ? value : value + text.slice(quote + 1, end), end }
  }
}

/** Is a cell's quote open at the end of the text? Then the record goes on in the next line. Quotes count where a cell begins. */
export function endsInsideQuotes(text: string, delimiter: string): boolean {
  let at = 0
  for (;;) {
    if (text.charCodeAt(at) === 34) {
      let quote = text.indexOf('"', at + 1)
      while (quote >= 0 && text.charCodeAt(quote + 1) === 34) quote = text.indexOf('"', quote + 2)
      if (quote < 0) return true
      at = quote + 1
    }
    const end = text.indexOf(delimiter, at)
    if (end < 0) return false
    at = end + 1
  }
}
