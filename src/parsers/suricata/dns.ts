/**
 * The `dns` object of EVE records: versions 1 (an event for each answer), 2 (all answers in one event) and 3 (Suricata 8: several
 * queries), and the form inside alerts (`query`, `answer`). Gives ECS `dns.*` and what is left for `suricata.eve.dns`.
 * https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-dns
 */

import { object, text, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { type RegisteredDomain, registeredDomain } from '../shared/registered-domain.ts'
import { firstObject, keep, type Rest } from './rest.ts'

type Answer = Rest
export type Dns = {
  readonly id: string | undefined
  readonly type: string | undefined
  readonly response_code: string | undefined
  readonly question: {
    readonly name: string | undefined
    readonly type: string | undefined
    readonly registered_domain: string | undefined
    readonly subdomain: string | undefined
    readonly top_level_domain: string | undefined
  }
  readonly answers: readonly Answer[] | undefined
  readonly resolved_ip: readonly string[] | undefined
  readonly header_flags: readonly string[] | undefined
}

/** `isDns`: the record is about DNS; else (a rule's excerpt, say) only the domain of the name is taken. */
export function dnsOf(dns: JsonObject, isDns: boolean): { dns: Dns; rest: JsonObject | Rest } {
  const rrname = text(dns['rrname'])
  if (!isDns) return { dns: domainOnly(rrname), rest: dns }
  const query = firstObject(dns['queries']) ?? firstObject(dns['query'])
  const answer = object(dns['answer'])
  const ownType = text(dns['type'])
  const version = dns['version'] ?? answer?.['version']
  const isAnswer = ownType === 'answer' || ownType === 'response' || (ownType === undefined && answer !== undefined)
  const isQuery = ownType === 'query' || ownType === 'request' || (ownType === undefined && query !== undefined)
  const about = rrname === undefined ? (query ?? answer ?? dns) : dns
  const questionKnown = isQuery || typeof version === 'number'
  const name = text(about['rrname'])
  const domain = name === undefined ? undefined : registeredDomain(name)
  let answers: readonly Answer[] | undefined
  let answersMoved = false
  if (isAnswer) {
    if (version === undefined)
      answers = [{ data: dns['rdata'], name: dns['rrname'], type: dns['rrtype'], ttl: dns['ttl'] }]
    else {
      answersMoved = Array.isArray(dns['answers']) && dns['answers'].length > 0 && allObjects(dns['answers'])
      const given = answersMoved ? dns['answers'] : answer?.['answers']
      answers = Array.isArray(given) && allObjects(given) ? given.map(answerOf) : undefined
    }
  }
  return {
    dns: {
      id: textOf(dns['id'] ?? query?.['id'] ?? answer?.['id']),
      type: isAnswer ? 'answer' : isQuery ? 'query' : ownType,
      response_code: textOf(dns['rcode'] ?? answer?.['rcode']),
      question: {
        name: questionKnown ? name : undefined,
        type: questionKnown ? text(about['rrtype']) : undefined,
        registered_domain: domain?.registered_domain,
        subdomain: domain?.subdomain,
        top_level_domain: domain?.top_level_domain
      },
      answers,
      resolved_ip: answers && addressesOf(answers),
      header_flags: flagsOf(answer ?? dns)
    },
    rest: restOf(dns, answersMoved)
  }
}

function domainOnly(rrname: string | undefined): Dns {
  const domain: RegisteredDomain | undefined = rrname === undefined ? undefined : registeredDomain(rrname)
  return {
    id: undefined,
    type: undefined,
    response_code: undefined,
    question: {
      name: undefined,
      type: undefined,
      registered_domain: domain?.registered_domain,
      subdomain: domain?.subdomain,
      top_level_domain: domain?.top_level_domain
    },
    answers: undefined,
    resolved_ip: undefined,
    header_flags: undefined
  }
}

/** Set flags become `dns.header_flags` (false ones stay), answers move; everything else stays. */
function restOf(dns: JsonObject, answersMoved: boolean): Rest {
  const rest: Rest = {}
  for (const key in dns) {
    const value = dns[key]
    switch (key) {
      case 'aa':
      case 'tc':
      case 'rd':
      case 'ra':
        if (value !== true) rest[key] = value
        break
      case 'answers':
        if (!answersMoved) rest[key] = value
        break
      default:
        keep(rest, key, value)
    }
  }
  return rest
}

function allObjects(values: readonly JsonValue[]): values is JsonObject[] {
  for (const value of values) if (object(value) === undefined) return false
  return true
}

/** `rrname`, `rrtype` and `rdata` get ECS's names; the rest (ttl, and srv, soa … in place of rdata) keeps its own. */
function answerOf(answer: JsonObject): Answer {
  const out: Answer = { name: answer['rrname'], type: answer['rrtype'], ttl: answer['ttl'], data: answer['rdata'] }
  for (const key in answer) {
    switch (key) {
      case 'rrname':
      case 'rrtype':
      case 'ttl':
      case 'rdata':
        break
      case 'name':
      case 'type':
      case 'data':
        out[`rr_${key}`] = answer[key]
        break
      default:
        keep(out, key, answer[key])
    }
  }
  return out
}

const addressesMax = 1024

function addressesOf(answers: readonly Answer[]): string[] | undefined {
  const addresses: string[] = []
  for (const { type, data } of answers) {
    if (type !== 'A' && type !== 'AAAA') continue
    if (isIp(data) && addresses.length < addressesMax) addresses.push(data)
  }
  return addresses.length === 0 ? undefined : addresses
}

/** By the four flags as bits: the lists are made once. */
const flagSets: readonly (readonly string[] | undefined)[] = Array.from({ length: 16 }, (_, bits) =>
  bits === 0 ? undefined : ['AA', 'TC', 'RD', 'RA'].filter((_, bit) => bits & (1 << bit))
)

function flagsOf(dns: JsonObject): readonly string[] | undefined {
  return flagSets[
    (dns['aa'] === true ? 1 : 0) +
      (dns['tc'] === true ? 2 : 0) +
      (dns['rd'] === true ? 4 : 0) +
      (dns['ra'] === true ? 8 : 0)
  ]
}
