/** What some messages of IOS say, by mnemonic. After "Cisco IOS System Message Guide". */

import { compileWording, matchWording, Slots, type Wording } from '../shared/wording.ts'

const flow =
  'list {list} {verdict} {transport} {source}({source port#}) {}-> {destination}({destination port#}), {packets#} packet'
const icmp =
  'list {list} {verdict} {transport} {source} {}-> {destination} ({icmp type#}/{icmp code#}), {packets#} packet'
const byNumber = 'list {list} {verdict} {number} {source} {}-> {destination}, {packets#} packet'
const digest = (port: string) =>
  ['No', 'Invalid'].map(
    word =>
      `${word} MD5 digest from {source}${port.replace('{}', '{source port#}')} to {destination}${port.replace('{}', '{destination port#}')}[ (RST)][ tableid - {table}]`
  )

const wordings: Readonly<Record<string, string | readonly string[]>> = {
  IPACCESSLOGP: flow,
  ACCESSLOGP: flow,
  IPACCESSLOGDP: icmp,
  ACCESSLOGDP: icmp,
  IPACCESSLOGRP: 'list {list} {verdict} {transport} {source} {}-> {destination}, {packets#} packet',
  IPACCESSLOGSP: 'list {list} {verdict} {transport} {source} {}-> {destination} ({igmp type}), {packets#} packet',
  ACCESSLOGSP: 'list {list} {verdict} {type} {source} {}-> {destination}, {packets#} packet',
  IPACCESSLOGNP: byNumber,
  ACCESSLOGNP: byNumber,
  IPACCESSLOGS: 'list {list} {verdict} {source} {packets#} packet',
  SESS_AUDIT_TRAIL:
    '{}initiator ({source}:{source port#}) sent {source bytes#} bytes -- responder ({destination}:{destination port#}) sent {destination bytes#} bytes[, from {interface.}]',
  DROP_PKT: 'Dropping {} from {interface.} {source}:{source port#} => {destination}:{destination port#}',
  LOGIN_SUCCESS: 'Login {result} \\[user: {user}\\] \\[Source: {source}\\] \\[localport: {destination port#}\\] at ',
  LOGIN_FAILED:
    'Login {result} \\[user: {user}\\] \\[Source: {source}\\] \\[localport: {destination port#}\\] \\[Reason: {reason}\\] at ',
  LOGOUT: 'User {user.} has {word} {session type} session {session number}({source})',
  CONFIG_I: ['Configured from {} by {user.} on {interface.} ({source})', 'Configured from {} by {user.}'],
  BADAUTH: [...digest('({})'), ...digest(':{}')],
  INVALID_RP_JOIN: 'Received ({pim source}, {pim group}) {word.} from {source.} for {ios outcome} {destination}',
  UPDOWN: [
    'Line protocol on Interface {interface}, changed state to {state}',
    'Interface {interface}, changed state to {state}'
  ]
}

const slots = new Slots()
const compiled = new Map<string, readonly Wording[]>(
  Object.entries(wordings).map(([mnemonic, text]) => [
    mnemonic,
    (typeof text === 'string' ? [text] : text).map(one => compileWording(one, slots))
  ])
)

export type Details = {
  readonly category: readonly string[]
  readonly verdict: string | undefined
  readonly action: string | undefined
  readonly outcome: string | undefined
  readonly reason: string | undefined
  readonly source: string | undefined
  readonly sourcePort: number | undefined
  readonly sourceBytes: number | undefined
  readonly destination: string | undefined
  readonly destinationPort: number | undefined
  readonly destinationBytes: number | undefined
  readonly packets: number | undefined
  readonly transport: string | undefined
  readonly ianaNumber: string | undefined
  readonly icmpType: number | undefined
  readonly icmpCode: number | undefined
  readonly igmpType: string | undefined
  readonly accessList: string | undefined
  readonly user: string | undefined
  readonly word: string | undefined
  readonly interfaceName: string | undefined
  readonly sessionType: string | undefined
  readonly sessionNumber: string | undefined
  readonly tableId: string | undefined
  readonly pimSource: string | undefined
  readonly pimGroup: string | undefined
  readonly iosOutcome: string | undefined
}

const values: (string | undefined)[] = new Array(slots.count).fill(undefined)
const network = ['network']
const logon = ['network', 'authentication']
const configuration = ['network', 'configuration']

const get = (name: string): string | undefined => values[slots.place(name)]
const count = (name: string): number | undefined => {
  const value = get(name)
  return value === undefined ? undefined : Number(value)
}

/** Everything undefined where the mnemonic is not known or the message is worded otherwise. */
export function detailsOf(mnemonic: string, text: string): Details {
  values.fill(undefined)
  for (const wording of compiled.get(mnemonic) ?? []) {
    if (matchWording(wording, text, 0, values) >= 0) break
    values.fill(undefined)
  }
  const isLogin = mnemonic === 'LOGIN_SUCCESS' || mnemonic === 'LOGIN_FAILED'
  const isJoin = mnemonic === 'INVALID_RP_JOIN'
  return {
    category: isLogin || mnemonic === 'LOGOUT' ? logon : mnemonic === 'CONFIG_I' ? configuration : network,
    verdict: get('verdict'),
    action: isJoin ? 'multicast-join' : undefined,
    outcome: mnemonic === 'LOGIN_SUCCESS' ? 'success' : mnemonic === 'LOGIN_FAILED' || isJoin ? 'failure' : undefined,
    reason: isJoin ? 'Invalid RP' : get('reason'),
    source: get('source'),
    sourcePort: count('source port'),
    sourceBytes: count('source bytes'),
    destination: get('destination'),
    destinationPort: count('destination port'),
    destinationBytes: count('destination bytes'),
    packets: count('packets'),
    transport: get('transport'),
    ianaNumber: get('number'),
    icmpType: count('icmp type'),
    icmpCode: count('icmp code'),
    igmpType: get('igmp type'),
    accessList: get('list'),
    user: get('user'),
    word: isLogin ? 'Login' : (get('word') ?? get('state')),
    interfaceName: get('interface'),
    sessionType: get('session type'),
    sessionNumber: get('session number'),
    tableId: get('table'),
    pimSource: get('pim source'),
    pimGroup: get('pim group'),
    iosOutcome: get('ios outcome')
  }
}
