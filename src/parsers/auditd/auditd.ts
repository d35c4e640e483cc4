/**
 * The Linux audit daemon's log (/var/log/audit/audit.log), and what `ausearch` prints of it. First stage of the pipeline: the lines of
 * one event (same time and serial) → one ECS event. Grammar of a line: `record.ts`.
 */

import { NO_EVENT, type Parsed, type Parser, type Sample } from '../../core/parser.ts'
import { auditdDescription } from './description.ts'
import { eventOf } from './event.ts'
import { type AuditRecord, eventKey, readRecord } from './record.ts'

const recordsMax = 1024

function parseText(text: string, timezoneMinutes: number): Parsed | typeof NO_EVENT {
  if (!text.includes('\n')) {
    const record = readRecord(text, 0, timezoneMinutes)
    if (record === undefined) return isAusearchLine(text) ? NO_EVENT : notAudit
    return record.type === 'EOE' ? NO_EVENT : eventOf([record])
  }
  const records: AuditRecord[] = []
  for (let at = 0; at <= text.length; ) {
    const newline = text.indexOf('\n', at)
    let end = newline < 0 ? text.length : newline
    const next = end + 1
    if (end > at && text.charCodeAt(end - 1) === 13) end--
    if (end > at) {
      const line = text.slice(at, end)
      const record = readRecord(line, 0, timezoneMinutes)
      if (record !== undefined) records.push(record)
      else if (!isAusearchLine(line)) return notAudit
      if (records.length > recordsMax) return { ok: false, reason: `more than ${recordsMax} records in one event` }
    }
    at = next
  }
  if (records.length === 0 || records.every(({ type }) => type === 'EOE')) return NO_EVENT
  return eventOf(records)
}

const notAudit: Parsed = { ok: false, reason: 'not an audit record: no "type=… msg=audit(seconds:serial):"' }

/** `ausearch` parts events with "----" and says their time in words. */
function isAusearchLine(line: string): boolean {
  return line === '----' || line.startsWith('time->')
}

/** A line of another event than the record's first line. */
function begins(line: string, first: string | undefined): boolean {
  const key = eventKey(line)
  return key === undefined || first === undefined || key !== eventKey(first)
}

function recognise(sample: Sample): number {
  let lines = 0
  let good = 0
  for (const line of sample.lines.slice(0, 20)) {
    if (isAusearchLine(line)) continue
    lines++
    if (isAudit(line)) good++
  }
  return lines > 0 && good >= lines * 0.8 ? 0.97 : 0
}

function isAudit(line: string): boolean {
  return (line.startsWith('type=') || line.startsWith('node=')) && readRecord(line, 0, 0) !== undefined
}

export const auditd: Parser = {
  name: 'auditd',
  title: 'Linux audit log (/var/log/audit/audit.log, ausearch)',
  input: 'text',
  framing: 'multiline',
  begins,
  recognise,
  open: context => text => parseText(text, context.timezoneMinutes ?? 0),
  description: auditdDescription
}
