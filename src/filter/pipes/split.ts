/** Where the pipes of a search are: the text is cut at each `|` that stands outside of quotes and regular expressions and is not `||`. */

import { isDelimiter, isSpace } from '../query-scanner.ts'

export type Segment = { readonly start: number; readonly end: number }

/** The filter, then each command, as stretches of the text without the pipes. */
export function splitPipes(text: string): Segment[] {
  const segments: Segment[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const c = text[at]
    if (c === '"') at = quoteEnd(text, at)
    else if (c === '`') {
      const end = text.indexOf('`', at + 1)
      if (end > 0) at = end
    } else if (c === '\\') at++
    else if (c === '/') at = regexEnd(text, at)
    else if (c === '|') {
      if (text[at + 1] === '|') at++
      else {
        segments.push({ start, end: at })
        start = at + 1
      }
    }
  }
  segments.push({ start, end: text.length })
  return segments
}

function quoteEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++
    else if (text[at] === '"') return at
  }
  return text.length
}

/** The last character of `/regex/` after an operator; the slash itself where it is a path's. */
function regexEnd(text: string, start: number): number {
  let before = start - 1
  while (before >= 0 && isSpace(text.charCodeAt(before))) before--
  if (!(text[before] === ':' || text[before] === '=' || text[before] === '~' || text[before] === '(')) return start
  // A regular expression is bounded: so is the look for its end.
  const stop = Math.min(text.length, start + 4_100)
  for (let at = start + 1; at < stop; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '/') {
      const after = text[at + 1] === 'i' ? at + 2 : at + 1
      return after >= text.length || isDelimiter(text.charCodeAt(after)) ? after - 1 : start
    }
  }
  return start
}
