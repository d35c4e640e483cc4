/**
 * HAProxy's log messages inside syslog: HTTP, HTTPS, TCP, connection errors and the default format. A reader of syslog messages.
 * Grammar: `haproxy-event.ts`.
 */

import type { MessageReader, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { connectEvent, connectionEvent, type HaproxyEvent } from './haproxy-event.ts'

export const haproxy: MessageReader = {
  name: 'haproxy',
  title: 'HAProxy: HTTP, HTTPS, TCP, error and default log formats',
  programs: ['haproxy'],
  sign: /haproxy\[| \[[\s\S]{2}\//,
  claims: body => body.startsWith('haproxy[') || isConnection(body),
  read,
  description
}

/** `192.0.2.1:33317 [06/Feb/2026:12:14:14.655] …`: no other format has milliseconds there. */
function isConnection(body: string): boolean {
  const at = body.indexOf(' [')
  return (
    at > 2 &&
    at < 56 &&
    body.charCodeAt(at + 4) === 47 &&
    body.charCodeAt(at + 8) === 47 &&
    body.charCodeAt(at + 22) === 46 &&
    body.charCodeAt(at + 26) === 93
  )
}

function read({ header, body, context }: SyslogMessage): HaproxyEvent | undefined {
  let message = body
  let process: { readonly name: string; readonly pid: number } | undefined
  // A line without a syslog header may still begin with the tag.
  if (body.startsWith('haproxy[')) {
    const close = body.indexOf(']: ')
    const pid = close < 0 ? Number.NaN : Number(body.slice(8, close))
    if (!Number.isSafeInteger(pid) || close - 8 > 10) return undefined
    message = body.slice(close + 3)
    process = { name: 'haproxy', pid }
  }
  if (message.length > 65_536) return undefined
  const made = isConnection(message)
    ? connectionEvent(message, context.timezoneMinutes ?? 0, header.host)
    : connectEvent(message, header.host)
  if (made !== undefined && process !== undefined) made.event['process'] = process
  return made
}
