/**
 * What OpenSSH's server and dropbear say, in every form that names a user or a peer.
 *
 * User names in these lines are chosen by whoever knocks ("Invalid user x from 6.6.6.6 port 1 from 1.2.3.4 port 22"): where a name
 * comes before the peer, the peer is the last one in the line.
 */

import { addCategory, addressAt, addType, digitsAt, type Facts, portOf } from './facts.ts'

export function readSshd(body: string, facts: Facts): void {
  if (body.startsWith('pam_')) return
  // rsyslog's and syslog-ng's way to shorten: the message inside counts.
  if (body.startsWith('message repeated ')) {
    const open = body.indexOf(': [ ')
    if (open > 0 && open < 40) {
      readSshd(body.slice(open + 4, body.endsWith(']') ? -1 : undefined), facts)
      return
    }
  }
  // Here the user comes right before the peer, without a "from": what follows a "from" would be part of the name.
  const closing = body.startsWith('Disconnect') || body.startsWith('Connection ')
  if (readLogin(body, facts) || (!closing && readUserFrom(body, facts)) || readDropped(body, facts))
    facts.understood = true
  if (facts.action === undefined) readPeer(body, facts)
}

/** `EVENT METHOD for [invalid user ]USER from ADDRESS port N ssh2[: SIGNATURE]`: Accepted, Failed, Postponed, Partial … */
function readLogin(body: string, facts: Facts): boolean {
  const eventEnd = body.indexOf(' ')
  if (eventEnd <= 0 || !body.includes(' ssh2')) return false
  const forAt = body.indexOf(' for ', eventEnd + 1)
  if (forAt < 0) return false
  let userAt = forAt + 5
  const invalid = body.startsWith('invalid user ', userAt)
  if (invalid) userAt += 13
  // The last peer in the line that is followed by a port and "ssh2"; each step looks at new text only.
  for (let from = body.lastIndexOf(' from '); from >= userAt; from = body.lastIndexOf(' from ', from - 1)) {
    const address = addressAt(body, from + 6)
    const portAt = from + 6 + address.length
    if (address === '' || !body.startsWith(' port ', portAt)) continue
    const digits = digitsAt(body, portAt + 6)
    const ssh2At = portAt + 6 + digits.length
    if (digits === '' || !body.startsWith(' ssh2', ssh2At)) continue
    facts.sshEvent = body.slice(0, eventEnd)
    facts.sshMethod = body.slice(eventEnd + 1, forAt)
    facts.userName = body.slice(userAt, from)
    facts.sourceAddress = address
    facts.sourcePort = portOf(digits)
    if (body.startsWith(': ', ssh2At + 5)) facts.sshSignature = body.slice(ssh2At + 7)
    categorise(facts)
    // "error: maximum authentication attempts exceeded for root from …"
    if (facts.sshEvent === 'error:') {
      facts.category = ['authentication']
      facts.outcome = 'failure'
      facts.type = ['info']
      facts.action = 'ssh_login'
    }
    return true
  }
  return false
}

/** `EVENT user USER from ADDRESS[ port N]`: Invalid …; PAM's "User not known to …" */
function readUserFrom(body: string, facts: Facts): boolean {
  const userAt = body.indexOf(' user ')
  if (userAt <= 0) return false
  const nameAt = userAt + 6
  for (let from = body.lastIndexOf(' from '); from >= nameAt; from = body.lastIndexOf(' from ', from - 1)) {
    const address = addressAt(body, from + 6)
    if (address === '') continue
    facts.sshEvent = body.slice(0, userAt)
    // An empty name ("Invalid user  from 10.0.0.1") is a name all the same.
    facts.userName = body.slice(nameAt, from)
    facts.sourceAddress = address
    const portAt = from + 6 + address.length
    if (body.startsWith(' port ', portAt)) facts.sourcePort = portOf(digitsAt(body, portAt + 6))
    categorise(facts)
    if (facts.sshEvent.startsWith('error: PAM')) facts.outcome = 'failure'
    return true
  }
  return false
}

function readDropped(body: string, facts: Facts): boolean {
  const prefix = 'Did not receive identification string from '
  if (!body.startsWith(prefix)) return false
  const address = addressAt(body, prefix.length)
  if (address === '') return false
  facts.sshDroppedIp = address
  const portAt = prefix.length + address.length
  if (body.startsWith(' port ', portAt)) facts.sourcePort = portOf(digitsAt(body, portAt + 6))
  return true
}

function categorise(facts: Facts): void {
  if (facts.sshEvent === 'Accepted') {
    facts.type = ['info']
    facts.category = ['authentication', 'session']
    facts.action = 'ssh_login'
    facts.outcome = 'success'
  } else if (facts.sshEvent === 'Invalid' || facts.sshEvent === 'Failed') {
    facts.type = ['info']
    facts.category = ['authentication']
    facts.action = 'ssh_login'
    facts.outcome = 'failure'
  }
}

type Peer = {
  readonly starts: string
  readonly action: string
  readonly type: string
  readonly failure?: boolean
  /** Is the text after the peer the client's own? Then the first address counts. */
  readonly first?: boolean
  /** Is text before the peer the client's own? Then it names no user. */
  readonly quotes?: boolean
}

/** Messages that name a peer, and sometimes a user before it. */
const peers: readonly Peer[] = [
  { starts: 'Received disconnect from ', action: 'ssh_disconnect', type: 'end', first: true },
  { starts: 'Disconnected from ', action: 'ssh_disconnect', type: 'end' },
  { starts: 'Disconnecting ', action: 'ssh_disconnect', type: 'end' },
  { starts: 'Connection closed by ', action: 'ssh_disconnect', type: 'end' },
  { starts: 'Connection reset by ', action: 'ssh_disconnect', type: 'end' },
  { starts: 'Connection from ', action: 'ssh_connection', type: 'start', first: true },
  { starts: 'banner exchange: Connection from ', action: 'ssh_connection', type: 'error', first: true },
  { starts: 'Bad protocol version identification ', action: 'ssh_connection', type: 'error', quotes: true },
  { starts: 'Unable to negotiate with ', action: 'ssh_connection', type: 'error', first: true },
  { starts: 'fatal: Unable to negotiate with ', action: 'ssh_connection', type: 'error', first: true },
  { starts: 'ssh_dispatch_run_fatal: Connection from ', action: 'ssh_connection', type: 'error', first: true },
  { starts: 'Read error from remote host ', action: 'ssh_connection', type: 'error', first: true },
  {
    starts: 'Timeout before authentication for connection from ',
    action: 'ssh_connection',
    type: 'error',
    first: true
  },
  {
    starts: 'fatal: Timeout before authentication for connection from ',
    action: 'ssh_connection',
    type: 'error',
    first: true
  },
  { starts: 'Timeout before authentication for ', action: 'ssh_connection', type: 'error', first: true },
  { starts: 'fatal: Timeout before authentication for ', action: 'ssh_connection', type: 'error', first: true },
  { starts: 'refused connect from ', action: 'ssh_connection', type: 'denied', first: true },
  { starts: 'drop connection ', action: 'ssh_connection', type: 'denied' },
  { starts: 'Starting session: ', action: 'ssh_session', type: 'start' },
  { starts: 'Close session: ', action: 'ssh_session', type: 'end' },
  { starts: 'User ', action: 'ssh_login', type: 'denied', failure: true },
  { starts: 'Nasty PTR record ', action: 'ssh_connection', type: 'info' },
  { starts: 'Address ', action: 'ssh_connection', type: 'info', first: true },
  { starts: 'reverse mapping checking getaddrinfo for ', action: 'ssh_connection', type: 'info' },
  { starts: 'Exit before auth from ', action: 'ssh_disconnect', type: 'end', first: true },
  { starts: 'Child connection from ', action: 'ssh_connection', type: 'start', first: true },
  { starts: 'Password auth succeeded for ', action: 'ssh_login', type: 'info' },
  { starts: 'Pubkey auth succeeded for ', action: 'ssh_login', type: 'info' },
  { starts: 'Bad password attempt for ', action: 'ssh_login', type: 'info', failure: true },
  { starts: 'Login attempt for nonexistent user ', action: 'ssh_login', type: 'info', failure: true },
  { starts: 'error: PAM: Authentication failure for ', action: 'ssh_login', type: 'info', failure: true }
]

function readPeer(body: string, facts: Facts): void {
  const peer = peerOf(body)
  if (peer === undefined) {
    // "input_userauth_request: invalid user test [preauth]"
    const at = body.startsWith('input_userauth_request: invalid user ') ? 37 : -1
    if (at > 0) facts.userName = body.slice(at, body.endsWith(' [preauth]') ? -10 : undefined)
    return
  }
  const at = peer.starts.length
  const found = peer.first === true ? firstPeer(body, at) : lastPeer(body, at)
  if (found === undefined) return
  facts.sourceAddress = found.address
  facts.sourcePort = found.port
  facts.action = peer.action
  addType(facts, peer.type)
  const login = peer.action === 'ssh_login'
  addCategory(facts, login ? 'authentication' : peer.action === 'ssh_session' ? 'session' : 'network')
  if (login) facts.outcome = peer.failure === true ? 'failure' : 'success'
  // What a client says of itself must not be read as PAM's words.
  if (peer.first === true || peer.quotes === true) facts.understood = true
  const name = peer.quotes === true ? undefined : nameBefore(body, at, found.at)
  if (name !== undefined) facts.userName = name
}

function peerOf(body: string): Peer | undefined {
  for (let i = 0; i < peers.length; i++) if (body.startsWith(peers[i]!.starts)) return peers[i]
  return undefined
}

type Found = { readonly at: number; readonly address: string; readonly port: number | undefined }

function firstPeer(body: string, at: number): Found | undefined {
  const open = body.charCodeAt(at) === 91 || body.charCodeAt(at) === 60 ? at + 1 : at
  return peerAt(body, open)
}

/** An address that has a port behind it (`1.2.3.4 port 22`, `1.2.3.4:22`), or any that is plain. */
function peerAt(body: string, at: number): Found | undefined {
  const address = addressAt(body, at)
  if (address === '') return undefined
  const end = at + address.length
  if (body.startsWith(' port ', end)) return { at, address, port: portOf(digitsAt(body, end + 6)) }
  const colon = address.lastIndexOf(':')
  if (colon > 0 && address.indexOf(':') === colon)
    return { at, address: address.slice(0, colon), port: portOf(address.slice(colon + 1)) }
  if (!address.includes('.') && !address.includes(':')) return undefined
  return { at, address, port: undefined }
}

function lastPeer(body: string, at: number): Found | undefined {
  const port = body.lastIndexOf(' port ')
  if (port > at) {
    const space = body.lastIndexOf(' ', port - 1)
    return peerAt(body, Math.max(space + 1, at))
  }
  const from = body.lastIndexOf(' from ')
  if (from > at) return firstPeer(body, from + 6)
  const open = body.lastIndexOf('[')
  if (open > at) {
    const bracketed = peerAt(body, open + 1)
    if (bracketed !== undefined) return bracketed
  }
  return peerAt(body, at)
}

/** The user between the beginning of the message and the peer: `invalid user X `, `authenticating user X `, `user X `, `'X' from `. */
function nameBefore(body: string, from: number, peerStart: number): string | undefined {
  let text = body.slice(from, peerStart)
  if (text.length > 512) return undefined
  if (text.endsWith(' from ')) text = text.slice(0, -6)
  else if (text.endsWith(' ')) text = text.slice(0, -1)
  if (text === '') return undefined
  if (body.startsWith('Starting session: ')) {
    const at = text.lastIndexOf(' for ')
    return at < 0 ? undefined : text.slice(at + 5)
  }
  for (const word of ['invalid user ', 'authenticating user ', 'user ']) {
    if (text.startsWith(word)) return text.slice(word.length)
  }
  if (body.startsWith('User ')) return text
  if (body.startsWith('error: PAM: ')) return text.startsWith('illegal user ') ? text.slice(13) : text
  if (text.length > 2 && text.startsWith("'") && text.endsWith("'")) return text.slice(1, -1)
  return undefined
}
