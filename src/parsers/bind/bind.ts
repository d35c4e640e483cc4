/**
 * What BIND's named says: who asked what, who was refused, which zones went where. A reader of syslog messages; `bind-log.ts` reads the
 * files that named writes itself.
 *
 *   message = [ category ": " ] [ severity ": " ] text              print-category, print-severity
 *   text    = "client " [ "@0x" hex " " ] address "#" port [ "/key " name ] [ " (" qname ")" ] ": " [ "view " name ": " ] what | other
 */

import { distinct } from '../../core/ecs-values.ts'
import { dnsQuestion } from '../shared/dns-question.ts'
import { type Endpoint, endpointOf } from '../shared/endpoint.ts'
import { between } from '../syslog/facts.ts'
import type { MessageReader, ReadMessage, SyslogMessage } from '../syslog/reader.ts'
import { readClientMessage } from './client.ts'
import { description } from './description.ts'
import { readServerMessage } from './server.ts'

export const bind: MessageReader = {
  name: 'bind',
  title: 'BIND (named): queries, security, transfers, updates',
  programs: ['named'],
  description,
  read
}

/** What a message tells, before it is laid out as ECS. */
export type DnsFacts = {
  action: string | undefined
  category: string[]
  type: string[] | undefined
  outcome: 'success' | 'failure' | undefined
  reason: string | undefined
  questionName: string | undefined
  questionType: string | undefined
  questionClass: string | undefined
  responseCode: string | undefined
  flags: string | undefined
  transport: string | undefined
  source: Endpoint | undefined
  destination: Endpoint | undefined
  zone: string | undefined
  serial: string | undefined
  view: string | undefined
  key: string | undefined
  subnet: string | undefined
  policy: string | undefined
  policyAction: string | undefined
  policyZone: string | undefined
  /** Is it one of the query log? */
  query: boolean
}

const categories: ReadonlySet<string> = new Set(
  (
    'client cname config database default delegation-only dispatch dnssec dnstap edns-disabled general lame-servers network ' +
    'notify nsid queries query-errors rate-limit resolver responses rpz rpz-passthru security serve-stale spill sslkeylog ' +
    'trust-anchor-telemetry unmatched update update-security xfer-in xfer-out zoneload'
  ).split(' ')
)
const severities: ReadonlySet<string> = new Set(['critical', 'error', 'warning', 'notice', 'info', 'debug'])

/** The category and the severity before a message, and where the message begins. */
export function scanCategory(body: string): {
  readonly category?: string
  readonly level?: string
  readonly at: number
} {
  let at = 0
  let category: string | undefined
  let level: string | undefined
  for (let part = 0; part < 2; part++) {
    const colon = body.indexOf(': ', at)
    if (colon < 0 || colon - at > 32) break
    const word = body.slice(at, colon)
    if (category === undefined && level === undefined && categories.has(word)) category = word
    else if (level === undefined && (severities.has(word) || word.startsWith('debug '))) level = word.split(' ', 1)[0]
    else break
    at = colon + 2
  }
  return { ...(category === undefined ? {} : { category }), ...(level === undefined ? {} : { level }), at }
}

function read(message: SyslogMessage): ReadMessage {
  const { category, level, at } = scanCategory(message.body)
  const text = at === 0 ? message.body : message.body.slice(at)
  const facts: DnsFacts = {
    action: undefined,
    category: ['network'],
    type: undefined,
    outcome: undefined,
    reason: undefined,
    questionName: undefined,
    questionType: undefined,
    questionClass: undefined,
    responseCode: undefined,
    flags: undefined,
    transport: undefined,
    source: undefined,
    destination: undefined,
    zone: undefined,
    serial: undefined,
    view: undefined,
    key: undefined,
    subnet: undefined,
    policy: undefined,
    policyAction: undefined,
    policyZone: undefined,
    query: false
  }
  if (text.startsWith('client ')) readClient(text, facts)
  else readServerMessage(text, facts)
  const { source, destination, questionName } = facts
  return {
    event: {
      event: {
        kind: 'event',
        module: 'bind',
        dataset: facts.query ? 'bind.query' : 'bind.log',
        category: facts.category,
        type: facts.type ?? ['info'],
        action: facts.action,
        outcome: facts.outcome,
        reason: facts.reason
      },
      log: level === undefined ? undefined : { level },
      source,
      client: facts.query ? source : undefined,
      destination,
      network: {
        protocol: 'dns',
        transport: facts.transport,
        type: source?.ip === undefined ? undefined : source.ip.includes(':') ? 'ipv6' : 'ipv4'
      },
      dns:
        questionName === undefined
          ? undefined
          : {
              type: facts.responseCode === undefined ? 'query' : 'answer',
              question: dnsQuestion(questionName, facts.questionType, facts.questionClass),
              response_code: facts.responseCode,
              header_flags: headerFlags(facts.flags)
            },
      rule: facts.policyZone === undefined ? undefined : { name: facts.policy, ruleset: facts.policyZone },
      related: {
        ip: distinct(source?.ip, destination?.ip),
        hosts: distinct(message.header.host, questionName === '.' ? undefined : questionName)
      },
      bind: {
        category,
        view: facts.view,
        zone: facts.zone,
        serial: facts.serial,
        flags: facts.flags,
        key: facts.key,
        client_subnet: facts.subnet,
        policy_action: facts.policyAction
      }
    },
    kind: facts.query ? 'query' : 'log'
  }
}

function readClient(text: string, facts: DnsFacts): void {
  // "client @0x7f… 192.0.2.1#5353 (example.com): …"
  let at = 7
  if (text.startsWith('@0x', at)) {
    const space = text.indexOf(' ', at)
    if (space < 0 || space > 40) return
    at = space + 1
  }
  let end = at
  while (end < text.length && end - at < 80 && text.charCodeAt(end) > 32 && text.charCodeAt(end) !== 47) {
    if (text.charCodeAt(end) === 58 && (text.charCodeAt(end + 1) === 32 || end + 1 === text.length)) break
    end++
  }
  facts.source = endpointOf(text.slice(at, end), '#')
  at = end
  if (text.startsWith('/key ', at)) {
    let keyEnd = at + 5
    while (keyEnd < text.length && text.charCodeAt(keyEnd) !== 32 && !text.startsWith(': ', keyEnd)) keyEnd++
    facts.key = text.slice(at + 5, keyEnd)
    at = keyEnd
  }
  if (text.startsWith(' (', at)) {
    const close = text.indexOf('): ', at)
    if (close < 0) return
    facts.questionName = text.slice(at + 2, close)
    at = close + 1
  }
  if (!text.startsWith(': ', at)) return
  at += 2
  if (text.startsWith('view ', at)) {
    facts.view = between(text, 'view ', ': ', at)
    if (facts.view !== undefined) at += facts.view.length + 7
  }
  readClientMessage(text.slice(at), facts)
}

/** `+` recursion desired, `D` DNSSEC answers wanted, `C` checking disabled (ARM, "queries" category). */
function headerFlags(flags: string | undefined): string[] | undefined {
  if (flags === undefined) return undefined
  const out: string[] = []
  if (flags.includes('+')) out.push('RD')
  if (flags.includes('D')) out.push('DO')
  if (flags.includes('C')) out.push('CD')
  return out
}
