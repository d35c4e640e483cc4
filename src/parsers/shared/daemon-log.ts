/**
 * Logs that daemons write themselves instead of giving them to syslog: other headers, the same messages. Makes a parser of such a file
 * from a scanner of its line headers and the reader that knows the daemon's messages. Shared by the parsers.
 */

import type { FormatDescription, ParseContext, Parser } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import type { Header } from '../syslog/header.ts'
import type { MessageReader } from '../syslog/reader.ts'

export type ScannedLine = {
  /** Made from `emptyHeader`: time, program, pid. */
  readonly header: Header
  readonly body: string
  /** In the words of the daemon; small letters. */
  readonly level: string | undefined
}

export type DaemonLog = {
  readonly name: string
  readonly title: string
  readonly reader: MessageReader
  /** Undefined where the line does not begin as the daemon's lines do. */
  scan(line: string, context: ParseContext): ScannedLine | undefined
  /** Is the line the daemon's beyond doubt, not just of the same shape? Asked about lines that `scan` takes. */
  sure(line: ScannedLine): boolean
  /** How many of the lines must be sure. Default: half. */
  readonly share?: number
  readonly description?: FormatDescription
}

const lineMax = 1_000_000
const noContext: ParseContext = { receivedMs: 0 }

export function daemonLog(log: DaemonLog): Parser {
  return {
    name: log.name,
    title: log.title,
    input: 'text',
    framing: 'lines',
    ...(log.description === undefined ? {} : { description: log.description }),
    surest: 0.93,
    recognise(sample) {
      let shaped = 0
      let sure = 0
      for (const line of sample.lines) {
        const scanned = log.scan(line, noContext)
        if (scanned === undefined) continue
        shaped++
        if (log.sure(scanned)) sure++
      }
      return shaped >= sample.lines.length * 0.8 && sure > 0 && sure >= shaped * (log.share ?? 0.5) ? 0.93 : 0
    },
    open: context => text => {
      if (text.length > lineMax) return { ok: false, reason: `a line of ${text.length} characters` }
      const scanned = log.scan(text, context)
      if (scanned === undefined) return { ok: false, reason: `does not begin as a line of ${log.name} does` }
      const { header, body, level } = scanned
      const read = log.reader.read({ header, text, body, context })
      if (read === undefined) return { ok: false, reason: `no message of ${log.name}` }
      const { event } = read
      const timeUs = read.timeUs ?? header.timeUs
      event['@timestamp'] ??= timeUs === undefined ? undefined : isoMs(timeUs)
      event['message'] ??= body
      if (header.program !== undefined) event['process'] ??= { name: header.program, pid: header.pid }
      if (level !== undefined) {
        const before = event['log'] as { level?: unknown } | undefined
        if (before === undefined) event['log'] = { level }
        else before.level ??= level
      }
      return { ok: true, event, timeUs, kind: read.kind, identity: read.identity }
    }
  }
}
