/**
 * Stored text is hostile: control and direction characters can hide or rearrange what people see. Here they become marks,
 * named as Unicode names their code points.
 */

export type Mark = { readonly code: number; readonly shown: string; readonly title: string }
export type Segment = string | Mark

// Control and format characters, lone surrogates, line separators and what fonts do not draw; but not tab, line feed and the selectors of emoji.
const hidden = /(?!\t|\n|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** The controls' own abbreviations (ISO 646): few fonts have pictures of them. */
const controls =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' '
  )

const names: Readonly<Record<number, string>> = {
  0: 'null',
  7: 'bell',
  8: 'backspace',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  1564: 'Arabic letter mark',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark'
}

/** More marks than this are put into the text as plain characters: an element for each would stop the browser. */
const marksMax = 1000

export function segmentsOf(text: string): Segment[] {
  const segments: Segment[] = []
  let from = 0
  for (const match of text.matchAll(hidden)) {
    if (segments.length > 2 * marksMax) {
      segments.push(text.slice(from).replace(hidden, c => `\u2039${markOf(c.codePointAt(0)!).shown}\u203a`))
      return segments
    }
    if (match.index > from) segments.push(text.slice(from, match.index))
    segments.push(markOf(match[0].codePointAt(0)!))
    from = match.index + match[0].length
  }
  if (from < text.length) segments.push(text.slice(from))
  return segments
}

function markOf(code: number): Mark {
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  const shown = controls[code] ?? (code === 0x7f ? 'DEL' : point)
  const name = names[code]
  return { code, shown, title: name === undefined ? `Invisible character ${point}` : `${point}, ${name}` }
}

/** The first `max` UTF-16 units, without half a character at the end. */
export function clamp(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? max - 1 : max)
}
