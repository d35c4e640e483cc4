/**
 * Linux's kernel about what matters to security and to keeping a host up: processes killed or crashed, USB devices, links, floods,
 * modules, disks. A reader of syslog messages; everything else stays a plain message. Laid out as Elastic's system integration does
 * (`system.syslog`), with the facts added. Packets are `iptables/`, denials of AppArmor and SELinux `auditd/`, WireGuard `wireguard/`.
 */

import { withoutUptime } from '../iptables/label.ts'
import { type Fields, put } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import type { MessageReader } from '../syslog/reader.ts'
import { timezoneOf } from '../syslog/zone.ts'
import { description } from './description.ts'
import { phrases } from './phrases.ts'

const known = phraseReader({
  name: 'kernel',
  title: 'Linux kernel: crashes, kills, devices, links',
  module: 'system',
  dataset: 'system.syslog',
  phrases,
  unknown: 'leave',
  clean: body => withoutTag(withoutUptime(body)),
  complete(event, _text, message) {
    put(event, ['event', 'timezone'], timezoneOf(message))
    const interfaceName = event['interface']
    if (typeof interfaceName === 'string') {
      delete event['interface']
      put(event, ['observer', 'ingress', 'interface', 'name'], interfaceName)
    }
    const reason = (event['event'] as Fields)['reason']
    if (typeof reason === 'string' && reason.endsWith('.')) (event['event'] as Fields)['reason'] = reason.slice(0, -1)
    const process = event['process'] as Fields | undefined
    if (process !== undefined && process['pid'] === undefined) delete process['pid']
  }
})

export const kernel: MessageReader = {
  name: 'kernel',
  title: known.title,
  programs: ['kernel'],
  description,
  read(message) {
    // Records of the audit subsystem are auditd's, whoever brings them.
    return withoutUptime(message.body).startsWith('audit: ') ? undefined : known.read(message)
  }
}

/** Drivers put `e1000e 0000:00:1f.6 ` in front of an interface. */
function withoutTag(text: string): string {
  const colon = text.indexOf(': NIC Link is ')
  if (colon <= 0) return text
  const space = text.lastIndexOf(' ', colon)
  return space < 0 ? text : text.slice(space + 1)
}
