/**
 * OpenVPN, server and client: who connected from where, who was refused, which address they got. A reader of syslog messages;
 * `openvpn-log.ts` reads the files that it writes itself, `openvpn-status.ts` its status file.
 *
 *   message = [ [ common-name "/" ] ip ":" port SP ] text
 */

import { isIp } from '../../core/ip.ts'
import { portNumber } from '../shared/endpoint.ts'
import { type Fields, put, setAddress, setField } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import type { Phrase } from '../shared/phrases.ts'
import type { SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'

/** The same with and without the address's family: IPv4 is `[AF_INET]`, IPv6 `[AF_INET6]`. */
function withPeer(
  before: string,
  after: string,
  ...rest: [string, string, string, ('success' | 'failure')?]
): Phrase[] {
  return ['[AF_INET]', '[AF_INET6]'].map(
    (family): Phrase => [`${before}${family}{source.address>}:{source.port}${after}`, ...rest]
  )
}

export const openvpnPhrases: readonly Phrase[] = [
  ...withPeer(
    '[{user.name>}] Peer Connection Initiated with ',
    '',
    'vpn-connected',
    'network session',
    'connection start',
    'success'
  ),
  ...withPeer(
    '[{user.name>}] Peer Connection Initiated with ',
    ' (via {_*}',
    'vpn-connected',
    'network session',
    'connection start',
    'success'
  ),
  ...withPeer(
    'TLS: Initial packet from ',
    ', sid={openvpn.session_id*}',
    'tls-handshake-started',
    'network',
    'connection start'
  ),
  ...withPeer('TCP connection established with ', '', 'tcp-connected', 'network', 'connection start'),
  ...withPeer(
    'TLS Error: cannot locate HMAC in incoming packet from ',
    '',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ),
  ...withPeer(
    'TLS Error: incoming packet authentication failed from ',
    '',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ),
  ...withPeer(
    'TLS Error: unroutable control packet received from ',
    ' {_*}',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ),
  ...withPeer(
    'TLS Error: tls-crypt unwrapping failed from ',
    '',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ),
  ...withPeer(
    'TLS Error: Unroutable control packet received from ',
    ' {_*}',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ),
  ['TLS Error: TLS handshake failed', 'tls-handshake-failed', 'network', 'connection error', 'failure'],
  ['TLS Error: {event.reason*}', 'tls-error', 'network', 'connection error', 'failure'],
  ['TLS Auth Error: {event.reason*}', 'vpn-login', 'authentication', 'start denied', 'failure'],
  [
    "TLS: Username/Password authentication succeeded for username '{user.name>}' {_*}",
    'vpn-login',
    'authentication',
    'start',
    'success'
  ],
  [
    "TLS: Username/Password authentication succeeded for username '{user.name>}'",
    'vpn-login',
    'authentication',
    'start',
    'success'
  ],
  [
    "TLS: Username/Password authentication deferred for username '{user.name>}'{_*}",
    'vpn-login-deferred',
    'authentication',
    'info'
  ],
  ["user '{user.name>}' authenticated", 'vpn-login', 'authentication', 'start', 'success'],
  ["user '{user.name>}' could not authenticate.", 'vpn-login', 'authentication', 'start denied', 'failure'],
  [
    'AUTH: Received control message: AUTH_FAILED{event.reason*}',
    'vpn-login',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    'AUTH-PAM: BACKGROUND: user {user.name>} failed to authenticate: {event.reason*}',
    'vpn-login',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    "AUTH-PAM: BACKGROUND: user '{user.name>}' failed to authenticate: {event.reason*}",
    'vpn-login',
    'authentication',
    'start denied',
    'failure'
  ],
  [
    'VERIFY OK: depth={openvpn.depth=n}, {tls.client.subject*}',
    'certificate-verified',
    'network',
    'protocol info',
    'success'
  ],
  [
    'VERIFY ERROR: depth={openvpn.depth=n}, error={event.reason*}: {tls.client.subject*}',
    'certificate-refused',
    'authentication',
    'start denied',
    'failure'
  ],
  ['VERIFY ERROR: {event.reason*}', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  ['VERIFY SCRIPT ERROR: {event.reason*}', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  ['VERIFY CRL: {event.reason*}', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  ['VERIFY KU ERROR', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  ['VERIFY EKU ERROR', 'certificate-refused', 'authentication', 'start denied', 'failure'],
  ['Authenticate/Decrypt packet error: {event.reason*}', 'packet-refused', 'network', 'connection denied', 'failure'],
  [
    'WARNING: Bad encapsulated packet length from peer ({_*}',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ],
  ['MULTI_sva: pool returned IPv4={pool4*}, IPv6={pool6*}', 'vpn-address-assigned', 'network', 'info', 'success'],
  ['MULTI: Learn: {pool4} -> {_*}', 'vpn-address-learned', 'network', 'info', 'success'],
  ['MULTI: primary virtual IP for {_} {pool4}', 'vpn-address-assigned', 'network', 'info', 'success'],
  ['MULTI: primary virtual IP for {_}: {pool4}', 'vpn-address-assigned', 'network', 'info', 'success'],
  [
    "MULTI: new connection by client '{user.name>}' will cause previous active sessions by this client to be dropped{_*}",
    'vpn-session-replaced',
    'session',
    'end'
  ],
  [
    'MULTI: bad source address from client [{openvpn.bad_source}], packet dropped',
    'packet-refused',
    'network',
    'connection denied',
    'failure'
  ],
  ['MULTI: connection rejected: {event.reason*}', 'vpn-connection-refused', 'network', 'connection denied', 'failure'],
  [
    "SENT CONTROL [{user.name>}]: 'AUTH_FAILED{_*}' (status={_}",
    'vpn-login',
    'authentication',
    'start denied',
    'failure'
  ],
  ["SENT CONTROL [{user.name>}]: 'PUSH_REPLY,{openvpn.pushed*}' (status={_}", 'vpn-options-pushed', 'network', 'info'],
  ["SENT CONTROL [{user.name>}]: '{openvpn.control*}' (status={_}", 'vpn-control-sent', 'network', 'info'],
  ["PUSH: Received control message: '{openvpn.control*}'", 'vpn-control-received', 'network', 'info'],
  ['peer info: {openvpn.peer_info*}', 'vpn-peer-info', 'network', 'info'],
  [
    'Control Channel: {tls.version}, cipher {_} {tls.cipher}, {openvpn.control_channel*}',
    'tls-established',
    'network',
    'protocol info',
    'success'
  ],
  [
    '[{user.name>}] Inactivity timeout (--ping-restart), restarting',
    'vpn-timeout',
    'network session',
    'connection end'
  ],
  ['[{user.name>}] Inactivity timeout (--ping-exit), exiting', 'vpn-timeout', 'network session', 'connection end'],
  ['Connection reset, restarting [{_}', 'vpn-connection-reset', 'network', 'connection end'],
  ['Connection reset command was pushed by server {_*}', 'vpn-connection-reset', 'network', 'connection end'],
  [
    'SIGTERM[soft,{openvpn.signal_reason}] received, client-instance exiting',
    'vpn-disconnected',
    'network session',
    'connection end'
  ],
  [
    'SIGUSR1[soft,{openvpn.signal_reason}] received, client-instance restarting',
    'vpn-disconnected',
    'network session',
    'connection end'
  ],
  ['SIGUSR1[soft,auth-failure{_*}] received, process {_*}', 'vpn-login', 'authentication', 'start denied', 'failure'],
  ['SIGUSR1[{_},{openvpn.signal_reason}] received, process restarting', 'restarting', 'process', 'info'],
  ['SIGTERM[{_},{openvpn.signal_reason*}] received, process exiting', 'stopped', 'process', 'end'],
  ['SIGINT[{_},{openvpn.signal_reason*}] received, process exiting', 'stopped', 'process', 'end'],
  ['SIGHUP[{_},{openvpn.signal_reason*}] received, process restarting', 'restarting', 'process', 'info'],
  ['Initialization Sequence Completed', 'started', 'process', 'start', 'success'],
  ['OpenVPN {openvpn.version} {_*} built on {_*}', 'started', 'process', 'start'],
  ['Exiting due to fatal error', 'stopped', 'process', 'end error', 'failure']
]

export const openvpn = phraseReader({
  name: 'openvpn',
  title: 'OpenVPN: peers, logins, TLS errors',
  module: 'openvpn',
  dataset: 'openvpn.log',
  programs: ['openvpn', 'ovpn-server', 'ovpn-client', 'openvpn-server'],
  protocol: 'openvpn',
  phrases: openvpnPhrases,
  description,
  // Debian's units tag `ovpn-NAME`.
  sign: /ovpn-/,
  claims: (_body, program) => program?.startsWith('ovpn-') === true,
  clean: body => body.slice(prefixOf(body)?.length ?? 0),
  complete
})

export type Prefix = {
  readonly length: number
  readonly name: string | undefined
  readonly ip: string
  readonly port: number
}

/** `alice/203.0.113.44:51820 `, `203.0.113.44:51820 `, `[2001:db8::44]:51820 ` */
export function prefixOf(body: string): Prefix | undefined {
  let space = body.indexOf(' ')
  // Common names may hold blanks: then the slash tells.
  for (let tries = 0; tries < 4 && space > 0 && space < 200; tries++) {
    const colon = body.lastIndexOf(':', space)
    const port = colon < 0 ? undefined : portNumber(body.slice(colon + 1, space))
    if (port !== undefined) {
      const slash = body.lastIndexOf('/', colon)
      let ip = body.slice(slash + 1, colon)
      if (ip.startsWith('[') && ip.endsWith(']')) ip = ip.slice(1, -1)
      const family = ip.indexOf(']')
      if (ip.startsWith('[AF_') && family > 0) ip = ip.slice(family + 1)
      if (isIp(ip)) return { length: space + 1, name: slash > 0 ? body.slice(0, slash) : undefined, ip, port }
    }
    if (body.indexOf('/') < space) return undefined
    space = body.indexOf(' ', space + 1)
  }
  return undefined
}

function complete(event: Fields, _text: string, { body }: SyslogMessage): void {
  const prefix = prefixOf(body)
  if (prefix !== undefined) {
    if (event['source'] === undefined) {
      setAddress(event, 'source', prefix.ip)
      put(event, ['source', 'port'], prefix.port)
    }
    const user = event['user'] as Fields | undefined
    if (prefix.name !== undefined && user?.['name'] === undefined)
      setField(event, 'user.name', ['user', 'name'], prefix.name)
  }
  const user = event['user'] as Fields | undefined
  if (user?.['name'] === 'UNDEF') delete user['name']
  for (const key of ['pool4', 'pool6']) {
    const value = event[key]
    delete event[key]
    if (isIp(value)) put(event, ['source', 'nat', 'ip'], value)
  }
  const subject = ((event['tls'] as Fields | undefined)?.['client'] as Fields | undefined)?.['subject']
  if (typeof subject !== 'string') return
  const at = subject.indexOf('CN=')
  if (at < 0) return
  const end = subject.slice(at + 3).search(/[,/]/)
  put(
    event,
    ['tls', 'client', 'x509', 'subject', 'common_name'],
    subject.slice(at + 3, end < 0 ? undefined : at + 3 + end)
  )
}
