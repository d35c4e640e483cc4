/** The programs and devices whose syslog messages become events of their own. A new one is a folder and a line here. */

import { apacheMessages } from '../apache/apache.ts'
import { auditdMessages } from '../auditd/auditd-messages.ts'
import { cef } from '../cef/cef.ts'
import { ciscoAsa } from '../cisco-asa/cisco-asa.ts'
import { ciscoIos } from '../cisco-ios/cisco-ios.ts'
import { clamavMessages } from '../clamav/clamav.ts'
import { fail2banMessages } from '../fail2ban/fail2ban.ts'
import { falcoMessages } from '../falco/falco.ts'
import { fortigate } from '../fortigate/fortigate.ts'
import { haproxy } from '../haproxy/haproxy.ts'
import { juniperSrx } from '../juniper-srx/juniper-srx.ts'
import { leef } from '../leef/leef.ts'
import { macosInstall } from '../macos-install/macos-install.ts'
import { mikrotik } from '../mikrotik/mikrotik.ts'
import { nginxMessages } from '../nginx/nginx.ts'
import { panos } from '../panos/panos.ts'
import { pfsense } from '../pfsense/pfsense.ts'
import { snort } from '../snort/snort.ts'
import { sonicwall } from '../sonicwall/sonicwall.ts'
import { squidMessages } from '../squid/squid.ts'
import { sysmonLinuxMessages } from '../sysmon-linux/sysmon-linux.ts'
import { windowsMessages } from '../windows/windows-messages.ts'
import { daemons } from './daemons.ts'
import type { MessageReader } from './reader.ts'

export const readers: readonly MessageReader[] = [
  // Devices that say what they are in the message itself.
  cef,
  leef,
  ciscoAsa,
  fortigate,
  panos,
  ciscoIos,
  snort,
  mikrotik,
  sonicwall,
  // Programs.
  pfsense,
  juniperSrx,
  haproxy,
  ...daemons,
  apacheMessages,
  nginxMessages,
  auditdMessages,
  sysmonLinuxMessages,
  falcoMessages,
  fail2banMessages,
  clamavMessages,
  windowsMessages,
  macosInstall,
  squidMessages
]

let byProgram: Map<string, MessageReader[]> | undefined
/** Those that claim messages; those of them without a sign; and all signs as one, which few messages bear. */
let claiming: MessageReader[] | undefined
let unsigned: MessageReader[] = []
let anySign = /(?:)/

/** The readers that look at the messages of a program (its base name). */
export function readersOf(program: string): readonly MessageReader[] | undefined {
  if (byProgram === undefined) {
    byProgram = new Map()
    for (const reader of readers)
      for (const name of reader.programs ?? []) byProgram.set(name, [...(byProgram.get(name) ?? []), reader])
  }
  return byProgram.get(program)
}

/** The reader whose own the message says it is. */
export function claimant(body: string, program: string | undefined): MessageReader | undefined {
  if (claiming === undefined) {
    claiming = readers.filter(reader => reader.claims !== undefined)
    unsigned = claiming.filter(reader => reader.sign === undefined)
    anySign = new RegExp(claiming.flatMap(reader => reader.sign?.source ?? []).join('|'))
  }
  const signed = anySign.test(body) || (program !== undefined && anySign.test(program))
  for (const reader of signed ? claiming : unsigned) if (reader.claims!(body, program)) return reader
  return undefined
}
