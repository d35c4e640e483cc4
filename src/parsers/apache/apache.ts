/** The Apache HTTP Server's access and error logs: first stage of the pipeline, lines → ECS events. */

import type { ParseContext, Parser, Sample } from '../../core/parser.ts'
import { zoneText } from '../../core/time.ts'
import { accessFlavour } from '../shared/access-flavour.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { accessEvent } from './access-event.ts'
import { customEvent } from './custom-event.ts'
import { accessDescription, errorDescription } from './description.ts'
import { beginsError, errorEvent } from './error-event.ts'
import { compileLogFormat } from './log-format.ts'

export const apacheAccess: Parser = {
  name: 'apache-access',
  title: 'Apache HTTP Server access log (common, combined, vhost_combined, ssl_request)',
  input: 'text',
  framing: 'lines',
  recognise: recogniseAccess,
  isHeader: line => line.startsWith('LogFormat "') || line.startsWith('#LogFormat "'),
  open(context) {
    const format = context.header === undefined ? undefined : compileLogFormat(context.header.at(-1) ?? '')
    const minutes = context.timezoneMinutes ?? 0
    return format === undefined ? accessEvent : line => customEvent(line, format, minutes)
  },
  description: accessDescription
}

export const apacheError: Parser = {
  name: 'apache-error',
  title: 'Apache HTTP Server error log (2.2 and 2.4)',
  input: 'text',
  framing: 'multiline',
  begins: beginsError,
  recognise: recogniseError,
  open(context) {
    const { minutes, text } = zoneOf(context)
    return record => errorEvent(record, minutes, text)
  },
  description: errorDescription
}

/** Lines that Apache hands to `logger` or to syslog itself (`ErrorLog syslog:local1`). */
export const apacheMessages: MessageReader = {
  name: 'apache',
  title: 'Apache access and error lines in syslog',
  programs: ['httpd', 'apache2', 'apache', 'apache_access', 'apache_error'],
  read({ body, context }) {
    const { minutes, text } = zoneOf(context)
    const parsed = beginsError(body) ? errorEvent(body, minutes, text) : accessEvent(body)
    return parsed.ok ? parsed : undefined
  }
}

function zoneOf(context: ParseContext): { readonly minutes: number; readonly text: string } {
  const minutes = context.timezoneMinutes ?? 0
  return { minutes, text: zoneText(minutes) }
}

function recogniseAccess(sample: Sample): number {
  const [first = '', second] = sample.lines
  const format = /^#?LogFormat "/.test(first) ? compileLogFormat(first) : undefined
  if (format !== undefined && second !== undefined && customEvent(second, format, 0).ok) return 0.95
  return accessFlavour(sample) === 'apache' ? 0.9 : 0
}

function recogniseError(sample: Sample): number {
  const first = sample.lines[0] ?? ''
  if (!errorEvent(first, 0, '+0000').ok) return 0
  let good = 0
  for (const line of sample.lines) if (errorEvent(line, 0, '+0000').ok) good++
  return good * 5 >= sample.lines.length ? 0.95 : 0
}
