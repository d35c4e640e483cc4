/** dns.log: one record a query with its reply. https://docs.zeek.org/en/master/logs/dns.html */

import { distinct, list, numberOf, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject } from '../../core/parser.ts'
import { registeredDomain } from '../shared/registered-domain.ts'
import type { Log } from './draft.ts'
import { stay } from './leftovers.ts'
import { connectionProtocolInfo, describe, network } from './log.ts'
import { nanoseconds } from './values.ts'

const classes: ReadonlyMap<unknown, string> = new Map([
  [1, 'IN'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY']
])

const flags = ['AA', 'TC', 'RD', 'RA'] as const

export const dns: Log = describe('dns', {
  category: network,
  type: connectionProtocolInfo,
  protocol: 'dns',
  moves: { trans_id: '*' },
  map(draft, record, own) {
    const id = textOf(record['trans_id'])
    const rcode = numberOf(record['rcode'])
    const rcodeName = text(record['rcode_name'])
    const name = text(record['query'])
    stay(own, 'trans_id', id ?? record['trans_id'])
    draft.event.duration = nanoseconds(record['rtt'])
    draft.event.outcome = rcode === undefined ? 'unknown' : rcode === 0 ? 'success' : 'failure'
    draft.related.hosts = distinct(name)
    const { answers, resolved } = answersOf(record)
    const domain = name === undefined ? undefined : registeredDomain(name)
    draft['dns'] = {
      id,
      type: rcodeName === undefined ? 'query' : 'answer',
      header_flags: flags.filter(flag => record[flag] === true),
      question: {
        class: classes.get(record['qclass']),
        type: text(record['qtype_name']),
        name,
        registered_domain: domain?.registered_domain,
        subdomain: domain?.subdomain,
        top_level_domain: domain?.top_level_domain
      },
      response_code: rcodeName,
      answers,
      resolved_ip: resolved
    }
  }
})

type Answer = { data: string; ttl: number | undefined }

function answersOf(record: JsonObject): { answers: Answer[] | undefined; resolved: string[] | undefined } {
  const data = list(record['answers'])
  if (data.length === 0) return { answers: undefined, resolved: undefined }
  const ttls = list(record['TTLs'])
  const answers: Answer[] = []
  const resolved: string[] = []
  for (let i = 0; i < data.length; i++) {
    const answer = textOf(data[i])
    if (answer === undefined) continue
    const ttl = numberOf(ttls[i])
    answers.push({ data: answer, ttl: ttl === undefined ? undefined : Math.trunc(ttl) })
    if (isIp(answer)) resolved.push(answer)
  }
  return { answers, resolved }
}
