/**
 * The syntax of LEEF: a text is taken apart into its header and its attributes. First step of the LEEF reader.
 *
 *   leef-1     = "LEEF:1.0|" vendor "|" product "|" version "|" event-id "|" attributes, separated by tabs
 *   leef-2     = "LEEF:2.0|" vendor "|" product "|" version "|" event-id "|" [ delimiter ] "|" attributes, separated by the delimiter
 *   delimiter  = one character, or its code in hex after "x" or "0x" (x09, 0x5E); a tab if absent
 *   attribute  = key "=" value
 */

export type LeefText = {
  readonly version: string
  readonly vendor: string | undefined
  readonly product: string | undefined
  readonly productVersion: string | undefined
  readonly eventId: string | undefined
  /** Keys and values in turn; empty values are left out. */
  readonly attributes: readonly string[]
}

const attributesMax = 1024

/** `text` from `at` on, where the version begins. Undefined if no header follows. */
export function scanLeef(text: string, at: number): LeefText | undefined {
  const fields: (string | undefined)[] = []
  let from = at
  while (fields.length < 5) {
    const end = text.indexOf('|', from)
    if (end < 0 || end - from > 512) break
    fields.push(text.slice(from, end).trim() || undefined)
    from = end + 1
  }
  const version = fields[0]
  if (version === undefined || !/^[12]\.\d$/.test(version) || fields.length < 5) return undefined
  let delimiter = '\t'
  if (version.startsWith('2')) {
    const end = text.indexOf('|', from)
    const named = end < 0 || end - from > 6 ? undefined : delimiterOf(text.slice(from, end))
    // Some senders say 2.0 and leave the delimiter's field out.
    if (named !== undefined) {
      delimiter = named
      from = end + 1
    }
  }
  return {
    version,
    vendor: fields[1],
    product: fields[2],
    productVersion: fields[3],
    eventId: fields[4],
    attributes: scanAttributes(text, from, delimiter)
  }
}

function delimiterOf(field: string): string | undefined {
  if (field === '') return '\t'
  if (field.length === 1) return field
  const match = /^(?:0?x|\\x)([0-9a-fA-F]{1,4})$/.exec(field)
  return match === null ? (field === '\\t' ? '\t' : undefined) : String.fromCharCode(Number.parseInt(match[1]!, 16))
}

function scanAttributes(text: string, from: number, delimiter: string): string[] {
  const out: string[] = []
  // Relays replace tabs by blanks, or by #011 as rsyslog does.
  let by = delimiter
  if (by === '\t' && text.indexOf('\t', from) < 0 && text.indexOf('#011', from) >= 0) by = '#011'
  let at = from
  let equals = text.indexOf('=', from)
  while (at < text.length && out.length < attributesMax * 2) {
    let end = text.indexOf(by, at)
    if (end < 0) end = text.length
    // Looked for once, not again for each delimiter before it.
    if (equals >= 0 && equals < at) equals = text.indexOf('=', at)
    if (equals > at && equals < end) {
      const key = text.slice(at, equals).trim()
      const value = text.slice(equals + 1, end).trim()
      if (key !== '' && key.length <= 256 && value !== '') out.push(key, value)
    } else if (out.length > 0 && end > at) {
      // A delimiter within a value.
      out[out.length - 1] += by + text.slice(at, end)
    }
    at = end + by.length
  }
  return out
}
