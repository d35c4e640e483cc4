/** nginx's access and error logs and those of ingress-nginx: first stage of the pipeline, lines → ECS events. */

import type { ParseContext, Parser, Sample } from '../../core/parser.ts'
import { zoneText } from '../../core/time.ts'
import { accessFlavour } from '../shared/access-flavour.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { accessEvent } from './access-event.ts'
import { accessDescription, errorDescription, ingressDescription } from './description.ts'
import { errorEvent, errorTime } from './error-event.ts'

export const nginxAccess: Parser = {
  name: 'nginx-access',
  title: 'nginx access log (combined, with virtual host, proxies’ addresses or response time)',
  input: 'text',
  framing: 'lines',
  recognise: sample => (accessFlavour(sample) === 'nginx' ? 0.9 : 0),
  open: () => line => accessEvent(line, false),
  description: accessDescription
}

export const nginxIngress: Parser = {
  name: 'nginx-ingress',
  title: 'ingress-nginx (Kubernetes) access log',
  input: 'text',
  framing: 'lines',
  recognise: sample => (accessFlavour(sample) === 'ingress' ? 0.95 : 0),
  open: () => line => accessEvent(line, true),
  description: ingressDescription
}

export const nginxError: Parser = {
  name: 'nginx-error',
  title: 'nginx error log',
  input: 'text',
  framing: 'multiline',
  begins: line => errorTime(line, 0) !== undefined,
  recognise: recogniseError,
  open(context) {
    const { minutes, text } = zoneOf(context)
    return record => errorEvent(record, minutes, text)
  },
  description: errorDescription
}

/** nginx writes to syslog itself (`access_log syslog:server=…`): its lines are the messages. */
export const nginxMessages: MessageReader = {
  name: 'nginx',
  title: 'nginx access and error lines in syslog',
  programs: ['nginx'],
  read({ body, context }) {
    const { minutes, text } = zoneOf(context)
    const parsed =
      errorTime(body, 0) === undefined
        ? accessEvent(body, /\] \[[^\]]*\] [^"]*$/.test(body.slice(-400)))
        : errorEvent(body, minutes, text)
    return parsed.ok ? parsed : undefined
  }
}

function zoneOf(context: ParseContext): { readonly minutes: number; readonly text: string } {
  const minutes = context.timezoneMinutes ?? 0
  return { minutes, text: zoneText(minutes) }
}

function recogniseError(sample: Sample): number {
  let good = 0
  for (const line of sample.lines)
    if (errorTime(line, 0) !== undefined && /\] \d+#\d+: /.test(line.slice(20, 60))) good++
  // A stack trace of PHP may make up most of the lines; the first must be a record.
  return good > 0 && errorTime(sample.lines[0] ?? '', 0) !== undefined && good * 5 >= sample.lines.length ? 0.95 : 0
}
