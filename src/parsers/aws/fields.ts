/**
 * Lines of fields between single spaces, some of them in quotes or brackets, as S3 and the load balancers write them. A quoted field
 * ends at a quote before a space or the line's end, so a quote inside does not end it, escaped with a backslash or not.
 */

/**
 * Fills `out` with the line's fields, without their quotes and brackets; how many there are, or -1 for more than fit.
 * The field number `lastQuoted`, if it is quoted, ends at the line's last quote: none after it has any.
 */
export function splitFields(line: string, out: string[], max: number, lastQuoted = -1): number {
  let end = line.length
  while (end > 0 && line.charCodeAt(end - 1) <= 32) end--
  let count = 0
  let at = 0
  while (at < end) {
    if (count === max) return -1
    const first = line.charCodeAt(at)
    if (first === 34) {
      const last = count === lastQuoted ? line.lastIndexOf('"', end) : -1
      const close = last > at ? last : closingQuote(line, at + 1, end)
      out[count++] = line.slice(at + 1, close)
      at = close + 2
    } else if (first === 91 && closingBracket(line, at, end) > 0) {
      const close = closingBracket(line, at, end)
      out[count++] = line.slice(at + 1, close)
      at = close + 2
    } else {
      let space = line.indexOf(' ', at)
      if (space < 0 || space > end) space = end
      out[count++] = line.slice(at, space)
      at = space + 1
    }
  }
  return count
}

/** Where the field's last character is followed by its quote and a space, or the line's end (the end itself, if it is never closed). */
function closingQuote(line: string, from: number, end: number): number {
  for (let at = line.indexOf('"', from); at >= 0 && at < end; at = line.indexOf('"', at + 1)) {
    if ((at + 1 >= end || line.charCodeAt(at + 1) === 32) && line.charCodeAt(at - 1) !== 92) return at
  }
  return end
}

/** Where the bracket closes that the field begins with; -1 if that is not at the field's end (`[2001:db8::1]:443`). */
function closingBracket(line: string, from: number, end: number): number {
  const at = line.indexOf(']', from)
  return at > 0 && at < end && (at + 1 === end || line.charCodeAt(at + 1) === 32) ? at : -1
}

/** The field, or undefined where a `-` stands for none. */
export function present(field: string | undefined): string | undefined {
  return field === undefined || field === '-' || field === '' ? undefined : field
}

/** A count of decimal digits; undefined for `-`, and -1 for anything else. */
export function countIn(field: string | undefined): number | undefined {
  if (field === undefined || field === '-' || field === '') return undefined
  const length = field.length
  if (length > 16) return -1
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = field.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : -1
}
