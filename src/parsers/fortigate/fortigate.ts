/**
 * Logs of Fortinet's FortiGate firewalls: traffic, security profiles (utm) and events, as `key=value` in syslog or in files.
 * A reader of syslog messages. Laid out as Elastic's integration `fortinet_fortigate`: what has no ECS field stays under
 * `fortinet.firewall`.
 */

import { isoMs } from '../../core/time.ts'
import { quotedPairs } from '../shared/quoted-pairs.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { Draft } from './draft.ts'
import { mapEvent, mapLogin } from './events.ts'
import { mapTraffic } from './traffic.ts'
import { mapUtm } from './utm.ts'

const lineMax = 65_536

export const fortigate: MessageReader = {
  name: 'fortigate',
  title: 'Fortinet FortiGate',
  sign: / logid=/,
  claims: isFortigate,
  read,
  description
}

/** Keys that records begin with. */
const first = ['date=', 'logver=', 'timestamp=', 'itime=', 'devname=', 'eventtime=', 'tz=']

function isFortigate(body: string): boolean {
  const c = body.charCodeAt(0)
  // d, l, t, i, e
  if (c !== 100 && c !== 108 && c !== 116 && c !== 105 && c !== 101) return false
  if (!first.some(key => body.startsWith(key))) return false
  const head = body.slice(0, 1024)
  return (
    head.includes(' logid=') &&
    head.includes(' type=') &&
    (head.includes('devid=') || head.includes('devname=') || head.includes(' vd='))
  )
}

function read(message: SyslogMessage): ReadMessage | undefined {
  const { body, context, header } = message
  if (body.length > lineMax || !isFortigate(body)) return undefined
  const draft = new Draft(quotedPairs(body, 0, 'N/A'))
  const time = draft.time(context.timezoneMinutes)
  const timeUs = time ?? header.timeUs
  common(draft, header.host)
  const type = draft.peek('type')
  if (type === 'event') mapEvent(draft)
  const text = draft.message?.toLowerCase() ?? ''
  if (text.includes('login') || text.includes('logged in')) mapLogin(draft)
  if (type === 'traffic') mapTraffic(draft)
  else if (type === 'utm' || type === 'dns') mapUtm(draft)
  const event = draft.finish()
  event['@timestamp'] = timeUs === undefined ? undefined : isoMs(timeUs)
  return { event, timeUs, kind: type === 'traffic' || type === 'event' ? type : 'utm' }
}

/** What all types have. */
function common(draft: Draft, host: string | undefined): void {
  draft.observerName = draft.take('devname') ?? host
  draft.serialNumber = draft.take('devid')
  draft.egress = draft.take('dstintf') ?? draft.take('dst_int')
  draft.ingress = draft.take('srcintf') ?? draft.take('src_int')
  draft.level = draft.take('level')
  draft.message = draft.take('msg')
  draft.destination.mac = macOf(draft.take('dstmac'))
  draft.host = draft.peek('srcname')?.toLowerCase()
  draft.email.subject = draft.peek('subject')
}

export function macOf(text: string | undefined): string | undefined {
  return text?.replaceAll(':', '-').replaceAll('.', '-').toUpperCase()
}
