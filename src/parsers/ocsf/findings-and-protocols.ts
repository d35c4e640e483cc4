/** DNS, TLS, attacks and vulnerabilities of an OCSF event as ECS field sets. */

import { type Document, own } from '../ndjson/document.ts'
import { listAt, objectAt, textAt, textsOf } from './objects.ts'

export function dnsOf(o: Document): Document | undefined {
  const query = objectAt(o, 'query')
  const answers = listAt(o, 'answers')
  const name = textAt(query, 'hostname')
  if (name === undefined && answers.length === 0) return undefined
  const kind = textAt(query, 'class')
  const type = textAt(query, 'type')
  return {
    question: {
      name,
      class: kind === undefined ? undefined : [kind],
      type: type === undefined ? undefined : [type]
    },
    answers:
      answers.length === 0
        ? undefined
        : {
            class: textsOf(answers, 'class'),
            data: textsOf(answers, 'rdata'),
            type: textsOf(answers, 'type'),
            ttl: numbersOf(answers, 'ttl')
          },
    response_code: textAt(o, 'rcode'),
    id: textAt(query, 'packet_uid')
  }
}

export function tlsOf(of: Document | undefined): Document | undefined {
  if (of === undefined) return undefined
  const certificate = objectAt(of, 'certificate')
  return {
    cipher: textAt(of, 'cipher'),
    version: textAt(of, 'version'),
    client: {
      ja3: textAt(objectAt(of, 'ja3_hash'), 'value'),
      server_name: textAt(of, 'sni'),
      supported_ciphers: own(of, 'client_ciphers')
    },
    server: {
      ja3s: textAt(objectAt(of, 'ja3s_hash'), 'value'),
      x509: {
        issuer: { distinguished_name: textAt(certificate, 'issuer') },
        subject: { distinguished_name: textAt(certificate, 'subject') },
        not_after: textAt(certificate, 'expiration_time') ?? textAt(certificate, 'expiration_time_dt'),
        serial_number: textAt(certificate, 'serial_number'),
        version_number: textAt(certificate, 'version')
      }
    }
  }
}

export function threatOf(attacks: readonly Document[]): Document | undefined {
  if (attacks.length === 0) return undefined
  const tactics = attacks.flatMap(attack => {
    const one = objectAt(attack, 'tactic')
    return one === undefined ? listAt(attack, 'tactics') : [one]
  })
  const techniques = attacks.map(attack => objectAt(attack, 'technique')).filter(one => one !== undefined)
  return {
    tactic: { id: textsOf(tactics, 'uid'), name: textsOf(tactics, 'name') },
    technique: { id: textsOf(techniques, 'uid'), name: textsOf(techniques, 'name') }
  }
}

export function vulnerabilityOf(items: readonly Document[]): Document | undefined {
  if (items.length === 0) return undefined
  const cves = items.map(item => objectAt(item, 'cve')).filter(one => one !== undefined)
  const scores = cves.flatMap(cve => {
    const one = objectAt(cve, 'cvss')
    return one === undefined ? listAt(cve, 'cvss') : [one]
  })
  const references = items.flatMap(item => own(item, 'references') ?? [])
  return {
    id: textsOf(cves, 'uid'),
    description: textsOf(items, 'desc'),
    severity: textsOf(items, 'severity'),
    reference: references.length === 0 ? undefined : references,
    scanner: { vendor: textsOf(items, 'vendor_name') },
    score: { base: numbersOf(scores, 'base_score'), version: textsOf(scores, 'version') }
  }
}

function numbersOf(items: readonly Document[], key: string): number[] | undefined {
  const numbers = items.map(item => own(item, key)).filter(value => typeof value === 'number')
  return numbers.length === 0 ? undefined : [...new Set(numbers)]
}
