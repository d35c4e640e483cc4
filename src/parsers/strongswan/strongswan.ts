/**
 * strongSwan's IKE daemon: tunnels that came up, were rekeyed or went down, who authenticated, proposals that were refused. A reader of
 * syslog messages; `strongswan-log.ts` reads the files that charon writes itself. Libreswan's pluto is another daemon.
 *
 *   message = [ thread "[" subsystem "] " ] [ "<" [ connection "|" ] number "> " ] text
 *
 * The peer is `source`, whoever began: what a person asks is where from.
 */

import { type Fields, setAddress } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import type { SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'
import { phrases } from './phrases.ts'

export const strongswan = phraseReader({
  name: 'strongswan',
  title: 'strongSwan: tunnels, logins, refused proposals',
  module: 'strongswan',
  dataset: 'strongswan.log',
  programs: ['charon', 'charon-systemd', 'charon-nm', 'charon-cmd', 'ipsec_starter', 'charon-custom'],
  protocol: 'ipsec',
  phrases,
  description,
  clean: body => body.slice(scanPrefix(body).at),
  complete
})

export type CharonPrefix = {
  readonly thread: string | undefined
  readonly subsystem: string | undefined
  readonly connection: string | undefined
  readonly at: number
}

/** `12[IKE] <office|3> ` */
export function scanPrefix(body: string): CharonPrefix {
  let at = 0
  let thread: string | undefined
  let subsystem: string | undefined
  const open = body.indexOf('[')
  const close = body.indexOf('] ')
  if (open > 0 && open < 6 && close > open && close - open < 8 && /^\d+$/.test(body.slice(0, open))) {
    thread = body.slice(0, open)
    subsystem = body.slice(open + 1, close)
    at = close + 2
  }
  let connection: string | undefined
  if (body.charCodeAt(at) === 60) {
    const end = body.indexOf('> ', at)
    if (end > 0 && end - at < 200) {
      connection = body.slice(at + 1, end)
      at = end + 2
    }
  }
  return { thread, subsystem, connection, at }
}

function complete(event: Fields, _text: string, { body }: SyslogMessage): void {
  const { thread, subsystem, connection } = scanPrefix(body)
  const own = (event['strongswan'] ??= {}) as Fields
  own['thread'] = thread
  // Newer versions write the level behind the subsystem: IKE1.
  own['subsystem'] = subsystem?.slice(0, 3)
  const bar = connection?.lastIndexOf('|') ?? -1
  own['connection'] = connection === undefined || bar < 0 ? undefined : connection.slice(0, bar)
  own['ike_sa_number'] = connection === undefined ? undefined : connection.slice(bar + 1)
  const virtual = own['virtual_ip']
  if (typeof virtual === 'string') {
    const source = (event['source'] ??= {}) as Fields
    source['nat'] = { ip: virtual }
  }
  const remote = own['remote_id']
  const user = event['user'] as Fields | undefined
  // A road warrior's identity is a user; a gateway's is its name or address.
  if (typeof remote === 'string' && user?.['name'] === undefined && remote.includes('@') && !remote.startsWith('@'))
    event['user'] = { name: remote }
  const host = own['remote_host']
  if (typeof host === 'string') {
    delete own['remote_host']
    setAddress(event, 'source', host)
  }
}
