/** What RouterOS says beside the firewall's log, by wording. */

import { compileWording, matchWording, Slots } from '../shared/wording.ts'

export type Facts = {
  readonly category: readonly string[]
  readonly type: readonly string[]
  readonly action: string
  readonly outcome: string | undefined
  readonly user: string | undefined
  readonly source: string | undefined
  readonly port: number | undefined
  readonly clientIp: string | undefined
  readonly mac: string | undefined
  readonly via: string | undefined
  readonly interfaceName: string | undefined
  readonly server: string | undefined
  readonly hostName: string | undefined
  readonly signal: string | undefined
}

type Meaning = Pick<Facts, 'category' | 'type' | 'action' | 'outcome'>

const login: Meaning = { category: ['authentication'], type: ['start'], action: 'logged-in', outcome: 'success' }
const logout: Meaning = { category: ['authentication'], type: ['end'], action: 'logged-out', outcome: 'success' }
const failed: Meaning = { category: ['authentication'], type: ['start'], action: 'logon-failed', outcome: 'failure' }
const lease: Meaning = {
  category: ['network'],
  type: ['info', 'protocol'],
  action: 'dhcp-assigned',
  outcome: 'success'
}
const release: Meaning = { ...lease, action: 'dhcp-deassigned' }
const sessionStart: Meaning = {
  category: ['session', 'network'],
  type: ['start'],
  action: 'session-started',
  outcome: 'success'
}
const sessionEnd: Meaning = { ...sessionStart, type: ['end'], action: 'session-ended' }
const wirelessUp: Meaning = {
  category: ['network'],
  type: ['connection', 'start'],
  action: 'wireless-connected',
  outcome: undefined
}
const wirelessDown: Meaning = { ...wirelessUp, type: ['connection', 'end'], action: 'wireless-disconnected' }
const link: Meaning = { category: ['network'], type: ['info'], action: 'link-changed', outcome: undefined }
const change: Meaning = {
  category: ['configuration'],
  type: ['change'],
  action: 'configuration-changed',
  outcome: 'success'
}

const slots = new Slots()
const table: readonly (readonly [string, Meaning])[] = [
  ['user {user} logged in from {source.} via {via.}', login],
  ['user {user} logged in via {via.}', login],
  ['user {user} logged out from {source.} via {via.}', logout],
  ['user {user} logged out via {via.}', logout],
  ['login failure for user {user} from {source.} via {via.}', failed],
  ['login failure for user {user} via {via.}', failed],
  ['{server.} deassigned {client.} for {mac.}[ {hostname.}]', release],
  ['{server.} deassigned {client.} from {mac.}[ {hostname.}]', release],
  ['{server.} assigned {client.} for {mac.}[ {hostname.}]', lease],
  ['{server.} assigned {client.} to {mac.}[ {hostname.}]', lease],
  ['{user.} logged in, {client.}', sessionStart],
  ['{user.} logged out, ', sessionEnd],
  ['{mac.}@{interface}: connected[, signal strength {signal.}]', wirelessUp],
  ['{mac.}@{interface}: disconnected', wirelessDown],
  ['{interface} link up', link],
  ['{interface} link down', link]
]
const wordings = table.map(([text, meaning]) => ({ wording: compileWording(text, slots), meaning }))
const values: (string | undefined)[] = new Array(slots.count).fill(undefined)
const get = (name: string): string | undefined => values[slots.place(name)]

export function factsOf(topics: readonly string[], text: string): Facts | undefined {
  for (const { wording, meaning } of wordings) {
    values.fill(undefined)
    if (matchWording(wording, text, 0, values) >= 0) return facts(meaning)
  }
  values.fill(undefined)
  // "filter rule added by admin", "address changed by admin".
  const by =
    /(?:added|changed|removed|moved|enabled|disabled|updated)(?: by |[^,]{0,120}\bby )(?:[a-z-]+:)?([\w.@-]{1,64})/.exec(
      text
    )
  if (topics.includes('system') && by !== null) {
    values[slots.place('user')] = by[1]
    return facts(change)
  }
  return undefined
}

function facts(meaning: Meaning): Facts {
  const source = get('source')
  return {
    ...meaning,
    user: get('user'),
    source,
    port: undefined,
    clientIp: get('client'),
    mac: get('mac')?.replaceAll(':', '-').toUpperCase(),
    via: get('via'),
    interfaceName: get('interface'),
    server: get('server'),
    hostName: get('hostname'),
    signal: get('signal')
  }
}
