/**
 * dnsmasq (and Pi-hole's FTL, which is one): DNS queries with their answers, and DHCP. A reader of syslog messages and of `log-facility`
 * files, which have the same lines without a host.
 *
 *   dns  = [ serial SP client "/" port SP ] ( "query[" type "] " name " from " ip | "forwarded " name " to " ip | "reply " name " is " value
 *        | "cached " … | "config " … | "/etc/hosts " … | "gravity blocked " name " is " value )
 *   dhcp = [ serial SP ] "DHCP" TYPE "(" interface ")" [ SP ip ] SP mac [ SP name ]
 */

import { isIp } from '../../core/ip.ts'
import { dnsQuestion } from '../shared/dns-question.ts'
import { endpoint, macText, portNumber } from '../shared/endpoint.ts'
import { type Fields, put, setAddress } from '../shared/phrase-event.ts'
import { phraseReader } from '../shared/phrase-reader.ts'
import type { SyslogMessage } from '../syslog/reader.ts'
import { description } from './description.ts'

export const dnsmasq = phraseReader({
  name: 'dnsmasq',
  title: 'dnsmasq and Pi-hole: DNS and DHCP',
  module: 'dnsmasq',
  dataset: 'dnsmasq.log',
  programs: ['dnsmasq', 'dnsmasq-dhcp', 'dnsmasq-tftp', 'dnsmasq-script', 'pihole-FTL'],
  description,
  phrases: [
    ['started, version {dnsmasq.version} {_*}', 'started', 'process', 'start'],
    ['exiting on receipt of SIGTERM', 'stopped', 'process', 'end'],
    [
      'possible DNS-rebind attack detected: {dns.question.name}',
      'dns-rebind-detected',
      'network intrusion_detection',
      'denied',
      'failure'
    ],
    ['Maximum number of concurrent DNS queries reached{_*}', 'dns-limit-reached', 'network', 'error', 'failure'],
    [
      'nameserver {server.address} refused to do a recursive query',
      'dns-refused',
      'network',
      'protocol error',
      'failure'
    ],
    ['using nameserver {server.address}#{server.port}…', 'nameserver', 'configuration', 'info'],
    [
      'no address range available for DHCP request via {observer.ingress.interface.name}',
      'dhcp-no-range',
      'network',
      'protocol error',
      'failure'
    ],
    [
      'not giving name {dhcp.client.hostname} to the DHCP lease of {client.address} because {event.reason*}',
      'dhcp-name-refused',
      'network',
      'protocol error',
      'failure'
    ],
    [
      'error {tftp.code} {event.reason*} received from {source.address}',
      'tftp-error',
      'network',
      'protocol error',
      'failure'
    ],
    ['sent {file.path*} to {destination.address}', 'tftp-sent', 'network file', 'access', 'success'],
    ['file {file.path*} not found', 'tftp-not-found', 'network file', 'error', 'failure'],
    ['file {file.path*} not found for {destination.address}', 'tftp-not-found', 'network file', 'error', 'failure']
  ],
  complete
})

function complete(event: Fields, text: string, message: SyslogMessage): void {
  if ((event['event'] as Fields)['action'] !== undefined) return
  const words = text.split(' ', 9)
  let at = 0
  const own: Fields = {}
  // log-queries=extra: "serial client/port …"
  if (isNumber(words[0])) {
    own['serial'] = words[0]
    at = 1
    const slash = words[1]?.indexOf('/') ?? -1
    if (slash > 0 && isIp(words[1]!.slice(0, slash))) {
      const client = endpoint(words[1]!.slice(0, slash), portNumber(words[1]!.slice(slash + 1)))
      event['source'] = { ...client }
      at = 2
    }
  }
  const first = words[at]
  if (first === undefined) return
  if (first.startsWith('DHCP') && first.endsWith(')')) readDhcp(event, words, at)
  else readDns(event, own, text, words, at)
  if ((event['event'] as Fields)['action'] !== undefined) event['dnsmasq'] = own
  void message
}

function isNumber(word: string | undefined): boolean {
  if (word === undefined || word === '' || word.length > 12) return false
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) < 48 || word.charCodeAt(i) > 57) return false
  return true
}

const sources: ReadonlySet<string> = new Set([
  'reply',
  'cached',
  'cached-stale',
  'config',
  'DHCP',
  'dnssec-query',
  'validation'
])

function readDns(event: Fields, own: Fields, text: string, words: readonly string[], at: number): void {
  const first = words[at]!
  const facts = event['event'] as Fields
  if (first.startsWith('query[') || first.startsWith('auth[') || first.startsWith('dnssec-query[')) {
    const close = first.indexOf(']')
    const name = words[at + 1]
    const preposition = words[at + 2]
    const address = words[at + 3]
    if (close < 0 || name === undefined || address === undefined || (preposition !== 'from' && preposition !== 'to'))
      return
    const type = first.slice(first.indexOf('[') + 1, close)
    describe(event, facts, 'dns-query', ['protocol'])
    event['dns'] = { type: 'query', question: dnsQuestion(name, type, 'IN') }
    if (preposition === 'from') {
      if (event['source'] === undefined) setAddress(event, 'source', address)
    } else setAddress(event, 'destination', address)
    own['source'] = first.slice(0, first.indexOf('['))
    return
  }
  if (first === 'forwarded') {
    if (words[at + 2] !== 'to' || words[at + 3] === undefined) return
    describe(event, facts, 'dns-forwarded', ['protocol'])
    event['dns'] = { type: 'query', question: dnsQuestion(words[at + 1]!, undefined, undefined) }
    const target = words[at + 3]!.split('#')
    setAddress(event, 'destination', target[0]!)
    put(event, ['destination', 'port'], portNumber(target[1] ?? '53'))
    return
  }
  // "reply NAME is VALUE", "/etc/hosts NAME is VALUE", "gravity blocked NAME is 0.0.0.0"
  let nameAt = at + 1
  const blocked = words[at + 1] === 'blocked' || words[at + 1] === 'denied'
  if (blocked) nameAt = at + 2
  if (words[nameAt + 1] !== 'is') return
  if (!(sources.has(first) || first.startsWith('/') || blocked || first === 'regex' || first === 'special')) return
  const name = words[nameAt]!
  const isAt = text.indexOf(` ${name} is `)
  const value = isAt < 0 ? '' : text.slice(isAt + name.length + 5)
  describe(event, facts, blocked ? 'dns-blocked' : 'dns-answer', blocked ? ['protocol', 'denied'] : ['protocol'])
  own['source'] = first
  const code = responseCode(value)
  const ip = isIp(value)
  event['dns'] = {
    type: 'answer',
    question: dnsQuestion(name, undefined, undefined),
    response_code: code,
    answers:
      code === undefined || value === 'NODATA'
        ? [
            {
              name,
              data: value,
              type: ip ? (value.includes(':') ? 'AAAA' : 'A') : value === '<CNAME>' ? 'CNAME' : undefined
            }
          ]
        : undefined,
    resolved_ip: ip ? [value] : undefined
  }
  facts['outcome'] = code === undefined || code === 'NOERROR' ? 'success' : 'failure'
}

function describe(event: Fields, facts: Fields, action: string, type: readonly string[]): void {
  facts['action'] = action
  facts['category'] = ['network']
  facts['type'] = type
  put(event, ['network', 'protocol'], 'dns')
}

/** `NXDOMAIN`, `NODATA-IPv6`, `SERVFAIL` in place of a value. */
function responseCode(value: string): string | undefined {
  if (value.startsWith('NXDOMAIN')) return 'NXDOMAIN'
  if (value.startsWith('NODATA')) return 'NOERROR'
  if (value === 'SERVFAIL' || value === 'REFUSED' || value.startsWith('error is ')) return value
  return undefined
}

/** `DHCPACK(eth0) 10.0.0.57 02:00:00:00:00:57 laptop7`, `DHCPDISCOVER(eth0) 02:00:00:00:00:57 no address available` */
function readDhcp(event: Fields, words: readonly string[], at: number): void {
  const first = words[at]!
  const open = first.indexOf('(')
  if (open < 5) return
  const facts = event['event'] as Fields
  const action = first.slice(0, open).toLowerCase()
  facts['action'] = action
  facts['category'] = ['network']
  facts['type'] = ['connection', 'protocol', 'info']
  put(event, ['network', 'protocol'], 'dhcp')
  put(event, ['observer', 'ingress', 'interface', 'name'], first.slice(open + 1, -1))
  let i = at + 1
  if (isIp(words[i])) {
    setAddress(event, 'client', words[i]!)
    if (words[i]!.includes(':')) put(event, ['network', 'protocol'], 'dhcpv6')
    i++
  }
  const mac = macText(words[i])
  if (mac !== undefined) {
    put(event, ['client', 'mac'], mac)
    i++
  } else if (words[i]?.includes(':') === true) put(event, ['dhcp', 'client', 'duid'], words[i++]!)
  const rest = words.slice(i).join(' ')
  if (action === 'dhcpack' || action === 'dhcpreply') facts['outcome'] = 'success'
  if (action === 'dhcpack' && rest !== '' && !rest.includes(' ')) {
    put(event, ['dhcp', 'client', 'hostname'], rest)
    put(event, ['client', 'domain'], rest)
  } else if (rest !== '') facts['reason'] = rest
  if (action === 'dhcpnak' || rest === 'no address available' || rest === 'ignored') {
    facts['outcome'] = 'failure'
    facts['type'] = ['connection', 'protocol', 'denied']
  }
  if (action === 'dhcprelease') facts['type'] = ['connection', 'protocol', 'end']
  if (event['client'] !== undefined) event['source'] = { ...(event['client'] as Fields) }
}
