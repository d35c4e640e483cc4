/** What named says about a client's request, behind `client …: `. */

import { endpointOf } from '../shared/endpoint.ts'
import { between } from '../syslog/facts.ts'
import type { DnsFacts } from './bind.ts'

export function readClientMessage(text: string, facts: DnsFacts): void {
  if (text.startsWith('query: ')) {
    readQuery(text.slice(7), facts)
    return
  }
  if (text.startsWith('response: ')) {
    readResponse(text.slice(10), facts)
    return
  }
  if (text.startsWith('query failed (')) {
    readFailure(text, facts)
    return
  }
  if (text.startsWith('rpz ') || text.startsWith('disabled rpz ')) {
    readPolicy(text, facts)
    return
  }
  const quoted = between(text, " '", "'")
  if (text.startsWith('query ') && text.includes("' denied")) {
    nameTypeClass(quoted, facts)
    facts.responseCode = 'REFUSED'
    refused(text, 'dns-query-denied', facts)
    return
  }
  if (text.startsWith('zone transfer ') && text.includes(' denied')) {
    facts.zone = zoneName(quoted, facts)
    refused(text, 'zone-transfer-denied', facts)
    return
  }
  if (text.startsWith('bad zone transfer request')) {
    facts.zone = zoneName(quoted, facts)
    refused(text, 'zone-transfer-denied', facts)
    return
  }
  if (text.startsWith('transfer of ')) {
    readTransferOut(text, quoted, facts)
    return
  }
  if (text.startsWith('update ') && text.includes(' denied')) {
    facts.zone = zoneName(quoted, facts)
    refused(text, 'dns-update-denied', facts)
    return
  }
  if (text.startsWith('updating zone ')) {
    facts.zone = zoneName(quoted, facts)
    facts.action = 'dns-update'
    facts.category = ['network', 'configuration']
    facts.type = ['change']
    const problem = text.includes('update unsuccessful') || text.includes('update failed')
    facts.outcome = problem ? 'failure' : 'success'
    return
  }
  if (text.startsWith('received notify for zone ')) {
    facts.zone = quoted
    facts.action = 'dns-notify'
    facts.type = ['protocol']
    return
  }
  if (text.includes('rate limit ') || text.startsWith('limit ') || text.startsWith('stop limiting ')) {
    readLimit(text, facts)
    return
  }
  if (text.startsWith('signer "')) {
    facts.key = between(text, '"', '"')
    const approved = text.endsWith(' approved')
    facts.action = approved ? 'dns-signer-approved' : 'dns-signer-denied'
    facts.type = [approved ? 'allowed' : 'denied']
    facts.outcome = approved ? 'success' : 'failure'
    return
  }
  if (text.startsWith('request has invalid signature')) {
    refused(text, 'dns-signature-invalid', facts)
    return
  }
  if (text.includes('denied')) {
    refused(text, 'dns-request-denied', facts)
    return
  }
}

/** `example.com IN A +E(0)K (192.0.2.53) [ECS 192.0.2.0/24/0]` */
function readQuery(text: string, facts: DnsFacts): void {
  const one = text.indexOf(' ')
  const two = text.indexOf(' ', one + 1)
  const three = text.indexOf(' ', two + 1)
  if (one <= 0 || two < 0) return
  facts.query = true
  facts.action = 'dns-query'
  facts.type = ['protocol']
  facts.questionName = text.slice(0, one)
  facts.questionClass = text.slice(one + 1, two)
  facts.questionType = text.slice(two + 1, three < 0 ? undefined : three)
  if (three < 0) return
  const open = text.indexOf('(', three + 1)
  const flagsEnd = text.indexOf(' ', three + 1)
  setFlags(text.slice(three + 1, flagsEnd < 0 ? undefined : flagsEnd), facts)
  const address = open < 0 || flagsEnd < 0 ? undefined : between(text, ' (', ')', three)
  if (address !== undefined) facts.destination = endpointOf(address, '#')
  facts.subnet = between(text, '[ECS ', ']', three)
}

/** `example.com IN A NOERROR 1 0 1 +E(0)K (192.0.2.53)` (BIND 9.20 and later; category responses) */
function readResponse(text: string, facts: DnsFacts): void {
  const words = text.split(' ', 9)
  const [name, dnsClass, type, code] = words
  if (code === undefined) return
  facts.query = true
  facts.action = 'dns-response'
  facts.type = ['protocol']
  facts.questionName = name
  facts.questionClass = dnsClass
  facts.questionType = type
  facts.responseCode = code
  facts.outcome = code === 'NOERROR' ? 'success' : 'failure'
  const flags = words.find(word => word.startsWith('+') || word.startsWith('-'))
  if (flags !== undefined) setFlags(flags, facts)
  const address = between(text, '(', ')', text.lastIndexOf(' ('))
  if (address !== undefined) facts.destination = endpointOf(address, '#')
}

function setFlags(flags: string, facts: DnsFacts): void {
  facts.flags = flags
  facts.transport = flags.includes('T') ? 'tcp' : 'udp'
}

/** `query failed (SERVFAIL) for example.com/IN/A at query.c:7838` */
function readFailure(text: string, facts: DnsFacts): void {
  facts.action = 'dns-query-failed'
  facts.type = ['protocol', 'error']
  facts.outcome = 'failure'
  facts.responseCode = between(text, '(', ')')
  const question = between(text, ') for ', ' at ')?.split('/')
  if (question === undefined || question.length < 3) return
  facts.questionName = question.slice(0, -2).join('/')
  facts.questionClass = question.at(-2)
  facts.questionType = question.at(-1)
}

/** `rpz QNAME NXDOMAIN rewrite bad.example/A/IN via bad.example.rpz.example.net` */
function readPolicy(text: string, facts: DnsFacts): void {
  const at = text.indexOf('rpz ')
  const words = text.slice(at, at + 256).split(' ', 3)
  facts.action = 'dns-policy-rewrite'
  facts.category = ['network', 'intrusion_detection']
  facts.policyAction = words[2]
  const passed = words[2] === 'PASSTHRU' || text.startsWith('disabled ')
  facts.type = [passed ? 'allowed' : 'denied']
  nameTypeClass(between(text, ' rewrite ', ' via '), facts)
  facts.policy = between(text, ' via ', '')
  facts.policyZone = words[1]
}

/** `[would ]rate limit drop NXDOMAIN response to 192.0.2.0/24 for example.com  (0012)`, `[stop ]limit[ing] …` */
function readLimit(text: string, facts: DnsFacts): void {
  facts.action = text.startsWith('stop ') ? 'dns-rate-limit-ended' : 'dns-rate-limit'
  facts.type = [text.startsWith('would ') || text.startsWith('stop ') ? 'info' : 'denied']
  const name = between(text, ' for ', ' ')
  if (name !== undefined && name !== '') facts.questionName = name
  facts.reason = text
}

function readTransferOut(text: string, quoted: string | undefined, facts: DnsFacts): void {
  facts.zone = zoneName(quoted, facts)
  facts.serial = between(text, '(serial ', ')')
  facts.action = text.includes(' started')
    ? 'zone-transfer-out-started'
    : text.includes(' ended')
      ? 'zone-transfer-out-ended'
      : 'zone-transfer-out'
  const failed = text.includes('failed') || text.includes('aborted')
  facts.type = ['connection', text.includes(' ended') || failed ? 'end' : 'start']
  facts.outcome = failed ? 'failure' : 'success'
  facts.transport = 'tcp'
}

function refused(text: string, action: string, facts: DnsFacts): void {
  facts.action = action
  facts.type = ['denied']
  facts.outcome = 'failure'
  facts.reason = text
}

/** `example.com/A/IN` */
function nameTypeClass(text: string | undefined, facts: DnsFacts): void {
  const parts = text?.split('/')
  if (parts === undefined || parts.length < 3) return
  facts.questionName = parts.slice(0, -2).join('/')
  facts.questionType = parts.at(-2)
  facts.questionClass = parts.at(-1)
}

/** `example.com/AXFR/IN` or `example.com/IN` */
function zoneName(text: string | undefined, facts: DnsFacts): string | undefined {
  const parts = text?.split('/')
  if (parts === undefined || parts.length < 2) return text
  if (parts.length > 2) nameTypeClass(text, facts)
  return parts.slice(0, parts.length > 2 ? -2 : -1).join('/')
}
