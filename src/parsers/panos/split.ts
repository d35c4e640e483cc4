/**
 * A PAN-OS record into its columns: commas, values quoted where they hold commas or quotes (`""` is a quote), and one column
 * (link switches) in braces.
 */

const columnsMax = 200

export function splitColumns(text: string, from: number): string[] {
  const columns: string[] = []
  let at = from
  while (columns.length < columnsMax) {
    const first = text.charCodeAt(at)
    let end: number
    if (first === 34) {
      end = quoteEnd(text, at + 1)
      const inner = text.slice(at + 1, end)
      columns.push(inner.includes('""') ? inner.replaceAll('""', '"') : inner)
      end = text.indexOf(',', end)
    } else {
      const brace = first === 123 ? text.indexOf('},', at) : -1
      end = text.indexOf(',', brace < 0 ? at : brace)
      columns.push(text.slice(at, end < 0 ? text.length : end))
    }
    if (end < 0) break
    at = end + 1
  }
  return columns
}

function quoteEnd(text: string, from: number): number {
  let quote = text.indexOf('"', from)
  while (quote >= 0 && text.charCodeAt(quote + 1) === 34) quote = text.indexOf('"', quote + 2)
  return quote < 0 ? text.length : quote
}
