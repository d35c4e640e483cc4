/**
 * Exim's main log (and its lines in syslog): messages that arrived, were delivered, deferred, failed; rejections; logins that failed.
 *
 *   line   = yyyy-mm-dd SP hh:mm:ss [ "." ms ] [ SP zone ] SP [ "[" pid "] " ] [ message-id SP ] flag-or-text
 *   flag   = "<=" arrival | "=>" delivery | "->" another address of it | ">>" cutthrough | "**" bounced | "==" deferred | "Completed"
 *   fields = SP key "=" value …      H=name (helo) [ip]:port  U=ident  P=protocol  X=TLS  A=authenticator:user  S=size  id=message-id
 *                                    R=router  T=transport  C="answer"  I=[ip]:port  F=<sender>                    (Exim specification, ch. 53)
 */

import type { FormatDescription, ParseContext } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { daemonLog, type ScannedLine } from '../shared/daemon-log.ts'
import { portNumber } from '../shared/endpoint.ts'
import { type Fields, finish, put, setAddress, setField } from '../shared/phrase-event.ts'
import { emptyHeader } from '../syslog/header.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'

const description: FormatDescription = {
  reads:
    'Exim 4’s `mainlog` and `rejectlog`’s first lines, and the same in syslog: messages that arrived, were delivered, deferred or bounced, ' +
    'rejections of recipients and connections, logins that failed. `exim.message_id` joins the lines of a message.',
  from: 'Exim writes `/var/log/exim4/mainlog` by itself; `log_selector = +incoming_port +smtp_connection` says more.',
  specifications: ['Exim specification 4.97, chapter Log files'],
  sample:
    'May 28 10:11:12 mx exim[812]: 1uKCxs-0000001vwAB-2cDe <= alice@example.com H=mail.example.com [192.0.2.25] P=esmtps X=TLS1.3:TLS_AES_256_GCM_SHA384:256 A=plain:alice S=2314 id=20250528.1@example.com',
  mapping: [
    [
      'event.action, event.outcome',
      'the flag',
      '`mail-received`, `mail-delivered`, `mail-deferred`, `mail-bounced`, `mail-rejected`, `smtp-login`'
    ],
    ['source.ip, source.domain', 'H of arrivals and rejections'],
    ['destination.ip, destination.domain', 'H of deliveries'],
    ['user.name', 'A, set_id', 'the authenticated user'],
    ['email.from.address, email.to.address, email.message_id', 'sender, recipient, id'],
    ['exim.*', 'everything else', 'message_id, router, transport, protocol, tls, size, response']
  ]
}

export const exim: MessageReader = {
  name: 'exim',
  title: 'Exim: messages, rejections, logins',
  programs: ['exim', 'exim4'],
  description,
  read
}

export const eximLog = daemonLog({
  name: 'exim-log',
  title: 'Exim: its main log',
  reader: exim,
  description,
  scan,
  sure: ({ body }) => messageIdEnd(skipPid(body)) > 0 || body.includes(' H=') || body.includes('rejected '),
  share: 0.5
})

function scan(line: string, context: ParseContext): ScannedLine | undefined {
  if (line.charCodeAt(4) !== 45 || line.charCodeAt(10) !== 32) return undefined
  let end = line.indexOf(' ', 18)
  if (end < 0) return undefined
  // "+0200", with log_timezone
  let stamp = line.slice(0, end)
  const sign = line.charCodeAt(end + 1)
  if ((sign === 43 || sign === 45) && line.charCodeAt(end + 6) === 32) {
    stamp += line.slice(end + 1, end + 6)
    end += 6
  }
  const timeUs = parseIso(stamp, context.timezoneMinutes ?? 0)
  const body = line.slice(end + 1)
  if (timeUs === undefined || !isEximText(skipPid(body))) return undefined
  return { header: { ...emptyHeader, timeUs, program: 'exim' }, body, level: undefined }
}

/** Lines of the main log without a message id begin with few words. */
const starts = [
  'H=',
  'no host name',
  'SMTP ',
  'TLS error',
  'exim ',
  'Start queue run',
  'End queue run',
  'no IP address',
  'login_',
  'plain_',
  'dovecot_',
  'unexpected ',
  'Connection from',
  'refused connection',
  'rejected ',
  'cwd=',
  'daemon: ',
  'fixed_',
  'LOGIN ',
  'PLAIN '
]

function isEximText(body: string): boolean {
  return messageIdEnd(body) > 0 || starts.some(start => body.startsWith(start))
}

function skipPid(body: string): string {
  if (!body.startsWith('[')) return body
  const close = body.indexOf('] ')
  return close > 0 && close < 14 ? body.slice(close + 2) : body
}

/** `1uKCxs-0001vw-Ab` before 4.97, `1uKCxs-0000001vwAB-2cDe` since. The length, or 0. */
function messageIdEnd(body: string): number {
  const first = body.indexOf('-')
  const second = body.indexOf('-', first + 1)
  const space = body.indexOf(' ')
  const end = space < 0 ? body.length : space
  if (first !== 6 || (end !== 16 && end !== 23) || !(second === 13 || second === 18)) return 0
  for (let i = 0; i < end; i++) {
    const c = body.charCodeAt(i)
    const good = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 45
    if (!good) return 0
  }
  return end
}

type Flag = readonly [action: string, outcome: string | undefined, side: 'source' | 'destination']
const flags: Readonly<Record<string, Flag>> = {
  '<=': ['mail-received', undefined, 'source'],
  '=>': ['mail-delivered', 'success', 'destination'],
  '->': ['mail-delivered', 'success', 'destination'],
  '>>': ['mail-delivered', 'success', 'destination'],
  '**': ['mail-bounced', 'failure', 'destination'],
  '==': ['mail-deferred', 'failure', 'destination'],
  '*>': ['mail-suppressed', undefined, 'destination'],
  '(=': ['mail-held', undefined, 'source']
}

function read({ header, body }: SyslogMessage): ReadMessage {
  let text = skipPid(body)
  const idEnd = messageIdEnd(text)
  const facts: Fields = { kind: 'event', module: 'exim', dataset: 'exim.main', category: ['email'], type: ['info'] }
  const own: Fields = { message_id: idEnd > 0 ? text.slice(0, idEnd) : undefined }
  const event: Fields = { event: facts, network: { protocol: 'smtp', transport: 'tcp' }, exim: own }
  if (idEnd > 0) {
    put(event, ['email', 'local_id'], text.slice(0, idEnd))
    text = text.slice(idEnd + 1)
  }
  const flag = flags[text.slice(0, 2)]
  if (flag !== undefined && text.charCodeAt(2) === 32) readFlag(event, facts, own, text, flag)
  else if (text === 'Completed') facts['action'] = 'mail-completed'
  else readText(event, facts, own, text)
  finish(event, header.host)
  return { event, kind: flag === undefined ? 'other' : 'message' }
}

function readFlag(event: Fields, facts: Fields, own: Fields, text: string, [action, outcome, side]: Flag): void {
  facts['action'] = action
  facts['outcome'] = outcome
  if (outcome === 'failure') facts['type'] = ['error']
  // The address ends at a blank; "bob <bob@example.org>" names an alias before.
  const fieldsAt = text.search(/ (?:R|H|U|P|F|T|S|A|X|id)=/)
  const addresses = text.slice(3, fieldsAt < 0 ? undefined : fieldsAt)
  const open = addresses.indexOf('<')
  const close = addresses.indexOf('>', open)
  let address = open > 0 && close > open ? addresses.slice(open + 1, close) : addresses.split(' ', 1)[0]!
  if (address.endsWith(':')) address = address.slice(0, -1)
  if (address !== '' && address !== '<>') put(event, ['email', side === 'source' ? 'from' : 'to', 'address'], [address])
  const colon = text.indexOf(': ')
  if (outcome === 'failure' && colon > 0) facts['reason'] = text.slice(colon + 2)
  readFields(event, own, text, side)
  const user = (event['user'] as Fields | undefined)?.['name']
  if (side === 'source' && user !== undefined) {
    facts['category'] = ['email', 'authentication']
    facts['outcome'] = 'success'
  }
}

function readFields(event: Fields, own: Fields, text: string, side: 'source' | 'destination'): void {
  readHost(event, text, side)
  const value = (key: string): string | undefined => {
    const at = text.indexOf(` ${key}=`)
    if (at < 0) return undefined
    const from = at + key.length + 2
    const quoted = text.charCodeAt(from) === 34
    const end = text.indexOf(quoted ? '"' : ' ', from + 1)
    return text.slice(quoted ? from + 1 : from, end < 0 ? undefined : end) || undefined
  }
  const router = value('R')
  own['router'] = router?.endsWith(':') === true ? router.slice(0, -1) : router
  own['transport'] = value('T')
  own['protocol'] = value('P')
  own['tls'] = value('X')
  own['response'] = value('C')
  const size = Number(value('S'))
  own['size'] = Number.isSafeInteger(size) && size > 0 ? size : undefined
  // Behind a delivery, the other server's answer may hold one.
  const id = side === 'source' ? value('id') : undefined
  if (id !== undefined) put(event, ['email', 'message_id'], id)
  const sender = value('F')
  if (sender !== undefined && sender !== '<>') put(event, ['email', 'from', 'address'], [sender.replace(/^<|>$/g, '')])
  const login = value('A')
  const colon = login?.indexOf(':') ?? -1
  if (login !== undefined && side === 'source') {
    own['authenticator'] = colon < 0 ? login : login.slice(0, colon)
    if (colon > 0) setField(event, 'user.name', ['user', 'name'], login.slice(colon + 1))
  }
  const local = value('U')
  if (local !== undefined && value('P') === 'local') setField(event, 'user.name', ['user', 'name'], local)
}

/** `H=mail.example.com (helo.example.com) [192.0.2.25]:40112` */
function readHost(event: Fields, text: string, side: 'source' | 'destination'): void {
  const at = text.startsWith('H=') ? 0 : text.indexOf(' H=') + 1
  if (at === 0 && !text.startsWith('H=')) return
  const open = text.indexOf('[', at)
  const close = text.indexOf(']', open)
  if (open < 0 || close < 0) return
  setAddress(event, side, text.slice(open + 1, close))
  const end = event[side] as Fields
  const names = text.slice(at + 2, open).trim()
  const space = names.indexOf(' ')
  const name = space < 0 ? names : names.slice(0, space)
  if (name !== '' && !name.startsWith('(')) end['domain'] = name
  const helo = names.indexOf('(')
  if (helo >= 0 && names.endsWith(')')) put(event, ['exim', 'helo'], names.slice(helo + 1, -1))
  if (text.charCodeAt(close + 1) === 58) {
    const digits = /^\d{1,5}/.exec(text.slice(close + 2, close + 7))
    if (digits !== null) end['port'] = portNumber(digits[0])
  }
}

function readText(event: Fields, facts: Fields, own: Fields, text: string): void {
  readHost(event, text, 'source')
  // "plain_login authenticator failed for (host) [203.0.113.66]: 535 Incorrect authentication data (set_id=admin)"
  const failed = text.indexOf(' authenticator failed for ')
  if (failed > 0) {
    facts['action'] = 'smtp-login'
    facts['category'] = ['authentication']
    facts['type'] = ['start', 'denied']
    facts['outcome'] = 'failure'
    own['authenticator'] = text.slice(0, failed)
    const colon = text.lastIndexOf(']: ')
    const open = colon < 0 ? text.lastIndexOf('[') : text.lastIndexOf('[', colon)
    const close = text.indexOf(']', open)
    if (open > 0 && close > 0) setAddress(event, 'source', text.slice(open + 1, close))
    if (colon > 0) facts['reason'] = text.slice(colon + 3)
    const id = text.lastIndexOf('(set_id=')
    if (id > 0 && text.endsWith(')')) setField(event, 'user.name', ['user', 'name'], text.slice(id + 8, -1))
    return
  }
  const rejected = text.indexOf(' rejected ')
  if (rejected > 0 || text.startsWith('rejected ') || text.startsWith('refused connection')) {
    facts['action'] = 'mail-rejected'
    facts['type'] = ['denied']
    facts['outcome'] = 'failure'
    facts['reason'] = text.slice(rejected < 0 ? 0 : rejected + 1)
    const recipient = /rejected RCPT <([^<>]{1,320})>/.exec(text)
    if (recipient !== null) put(event, ['email', 'to', 'address'], [recipient[1]])
    const sender = /(?:^| )F=<([^<>]{1,320})>/.exec(text)
    if (sender !== null) put(event, ['email', 'from', 'address'], [sender[1]])
    return
  }
  if (text.startsWith('SMTP connection from') || text.startsWith('Connection from')) {
    facts['category'] = ['network']
    facts['action'] = text.includes(' lost') || text.includes(' closed') ? 'smtp-disconnected' : 'smtp-connected'
    facts['type'] = ['connection', facts['action'] === 'smtp-connected' ? 'start' : 'end']
    const open = text.indexOf('[')
    const close = text.indexOf(']', open)
    if (open > 0 && close > 0) setAddress(event, 'source', text.slice(open + 1, close))
    return
  }
  if (text.startsWith('TLS error on connection from')) {
    facts['category'] = ['network']
    facts['action'] = 'tls-handshake-failed'
    facts['type'] = ['protocol', 'error']
    facts['outcome'] = 'failure'
    const open = text.indexOf('[')
    const close = text.indexOf(']', open)
    if (open > 0 && close > 0) setAddress(event, 'source', text.slice(open + 1, close))
    const colon = text.indexOf(': ', close)
    if (colon > 0) facts['reason'] = text.slice(colon + 2)
  }
}
