/**
 * Files that mix formats line by line (several programs write to one, or somebody put logs together): each line is read as what it is.
 * Chosen when no format claims the whole sample. A line that no format knows is an event of plain text.
 */

import type { Parser, Sample } from '../../core/parser.ts'
import { syslog } from '../syslog/syslog.ts'
import { textLines } from '../text/text.ts'

/** How sure a format must be of a line: general ones (any JSON) are not. */
const sureFrom = 0.8

export const mixed: Parser = {
  name: 'mixed',
  title: 'Several formats in one file, line by line',
  input: 'text',
  framing: 'lines',
  recognise,
  surest: 0.6,
  open(context) {
    const parseText = textLines.open(context)
    const parseSyslog = syslog.open(context)
    return (text, json) => {
      const known = context.parseInner?.(text)
      if (known !== undefined) return known
      // The least that syslog can be: a priority and any text.
      const plain = text.charCodeAt(0) === 60 ? parseSyslog(text, json) : undefined
      return typeof plain === 'object' && plain.ok ? plain : parseText(text, json)
    }
  },
  description: {
    reads:
      'Files in which lines of several formats stand, in any order. Each line is read by the format that recognises it alone; a line ' +
      'that none recognises is kept as plain text. Formats whose records need a header line (CSV, Zeek’s tables) or span lines are not ' +
      'read this way.',
    from: 'Nothing needs to be done: it is chosen when no format claims the file, but most of its lines are known one by one.',
    specifications: [],
    sample:
      '2 123456789012 eni-0a1b2c3d 192.0.2.10 198.51.100.7 49152 443 6 10 840 1767225600 1767225660 ACCEPT OK\n' +
      "<34>Oct 11 22:14:15 web-1 su: 'su root' failed for alex on /dev/pts/8",
    mapping: []
  }
}

function recognise(sample: Sample): number {
  if (sample.lines.length < 2) return 0
  let sure = 0
  let lines = 0
  const formats = new Set<Parser>()
  for (const line of sample.lines) {
    lines++
    const found = sample.recogniseInner?.(line)
    if (found === undefined || found.confidence < sureFrom) continue
    sure++
    formats.add(found.parser)
  }
  return formats.size > 1 && sure >= lines * 0.6 ? 0.6 : 0
}
