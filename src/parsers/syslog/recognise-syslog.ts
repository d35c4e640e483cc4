/** How sure syslog is that a sample is its own: by the headers of its lines, strictly where other logs begin alike. */

import type { Sample } from '../../core/parser.ts'
import { beginsRecord, isBsdStamp, isIsoStamp, scanHeader, scanPriority } from './header.ts'
import { isAuthMessage } from './messages.ts'
import { claimant } from './readers.ts'

/** Words that stand where a host would in the logs of applications. */
const levels: ReadonlySet<string> = new Set(
  'trace debug info information notice warn warning error err critical crit fatal severe alert emerg'.split(' ')
)

export function recogniseSyslog(sample: Sample): number {
  let records = 0
  let sure = 0
  let likely = 0
  let foreign = 0
  for (const line of sample.lines) {
    if (!beginsRecord(line)) {
      if (claimant(line, undefined) !== undefined) {
        records++
        sure++
        continue
      }
      // The first line begins a record; later ones may continue one.
      if (records === 0) return 0
      if (line.charCodeAt(0) > 32) foreign++
      continue
    }
    records++
    const at = line.charCodeAt(0) === 0xfeff ? 1 : 0
    if (scanPriority(line, at).end > at || isBsdStamp(line, at)) {
      const header = scanHeader(line, 0, 0)
      if (header === undefined) continue
      const { timeUs, program, bodyAt } = header
      // Devices that write no time stamp, or a number before it, say what they are in the message.
      if (timeUs !== undefined || program !== undefined || claimant(line.slice(bodyAt), undefined) !== undefined) sure++
    } else if (isIsoStamp(line, at)) {
      // Any application may begin its lines with a time: the host and the tag must look their part.
      const header = scanHeader(line, 0, 0)
      const { host, program, pid } = header ?? {}
      if (host === undefined || program === undefined) continue
      // macOS has names with spaces (`Installer Progress[123]:`); else it is a sentence.
      if (program.includes(' ') && (pid === undefined || !/^[A-Z][A-Za-z ]{1,40}$/.test(program))) continue
      if (!isHostLike(host) || levels.has(host.toLowerCase()) || levels.has(program.toLowerCase())) continue
      if (pid !== undefined || isAuthMessage(program, '') || program === 'kernel') likely += 2
      else likely++
    }
  }
  if (records === 0) return 0
  if (foreign > records) return 0.3
  if (sure >= records * 0.8) return foreign === 0 ? 0.85 : 0.7
  // Half of the ISO lines or more must name a process id or a known program.
  if (sure + likely >= records * 1.5) return 0.8
  return 0
}

function isHostLike(text: string): boolean {
  if (text.length > 253) return false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57)
    if (!letter && c !== 46 && c !== 45 && c !== 95 && c !== 58) return false
  }
  return text !== ''
}
