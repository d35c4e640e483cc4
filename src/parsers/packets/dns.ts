/** DNS, mDNS and LLMNR: a question with its answer. */

import { list, numberOf, object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { dnsQuestion } from '../shared/dns-question.ts'
import { nanoseconds, type Part } from './part.ts'

export function dnsPart(json: JsonObject, dns: JsonObject): Part {
  const name = text(dns['query'])
  const answers = list(dns['answers'])
    .map(object)
    .filter(answer => answer !== undefined)
  const data = answers.map(answer => text(answer['data']))
  const rcode = text(dns['rcode'])
  const named = answers.filter(answer => ['CNAME', 'NS', 'PTR', 'DNAME'].includes(text(answer['type']) ?? ''))
  return {
    outcome: rcode === undefined ? undefined : rcode === 'NOERROR' ? 'success' : 'failure',
    durationNs: nanoseconds(dns['seconds']),
    protocol: protocols.get(numberOf(json['dest_port']) ?? 0) ?? 'dns',
    ips: data.filter(isIp),
    hosts: [name, ...named.map(answer => text(answer['data']))],
    fields: {
      dns: {
        id: textOf(dns['id']),
        type: rcode === undefined ? 'query' : 'answer',
        op_code: textOf(dns['opcode']),
        header_flags: texts(dns['flags']),
        response_code: rcode,
        question: name === undefined ? undefined : dnsQuestion(name, text(dns['qtype']), text(dns['qclass'])),
        answers: answers.map(answer => ({
          name: text(answer['name']),
          type: text(answer['type']),
          ttl: numberOf(answer['ttl']),
          data: text(answer['data'])
        })),
        resolved_ip: data.filter(isIp)
      },
      packets: { dns: { answer_count: numberOf(dns['answer_count']), more_queries: texts(dns['more_queries']) } }
    }
  }
}

const protocols = new Map([
  [5353, 'mdns'],
  [5355, 'llmnr']
])

export function texts(value: JsonValue | undefined): string[] | undefined {
  const found = list(value)
    .map(text)
    .filter(each => each !== undefined)
  return found.length === 0 ? undefined : found
}
