/** A cell of CSV. */

/** RFC 4180; what a spreadsheet would run as a formula is made a text by an apostrophe (OWASP: CSV injection), unless that is not wanted. */
export function csvCell(cell: string | number | undefined, escapeFormulas = true): string {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = escapeFormulas && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
