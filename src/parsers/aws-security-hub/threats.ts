/** Indicators and vulnerabilities of an ASFF finding as ECS fields. Called by `finding-event.ts`. */

import { distinct, list, numberOf, object, text } from '../../core/ecs-values.ts'
import type { JsonValue } from '../../core/parser.ts'
import { single, timeText } from '../aws/finding.ts'

const indicatorTypes: Readonly<Record<string, string>> = {
  DOMAIN: 'domain-name',
  EMAIL_ADDRESS: 'email-addr',
  HASH_MD5: 'file',
  HASH_SHA1: 'file',
  HASH_SHA256: 'file',
  HASH_SHA512: 'file',
  IPV4_ADDRESS: 'ipv4-addr',
  IPV6_ADDRESS: 'ipv6-addr',
  MUTEX: 'mutex',
  PROCESS: 'process',
  URL: 'url'
}

/** `hashes` also go to `related.hash`. The last indicator gives the type and the time, as it does for Elastic. */
export function threatOf(indicators: JsonValue | undefined) {
  let type: string | undefined
  let lastSeen: string | number | undefined
  const enrichments: object[] = []
  const hashes: string[] = []
  for (const item of list(indicators).slice(0, 64)) {
    const indicator = object(item)
    const given = text(indicator?.['Type'])
    if (given === undefined || !Object.hasOwn(indicatorTypes, given)) continue
    type = indicatorTypes[given]
    lastSeen = timeText(indicator!['LastObservedAt']) ?? lastSeen
    const value = text(indicator!['Value'])
    if (type !== 'file' || value === undefined) continue
    hashes.push(value)
    enrichments.push({ indicator: { file: { hash: { [given.slice(5).toLowerCase()]: value } } } })
  }
  if (type === undefined) return undefined
  return { threat: { indicator: { type, last_seen: lastSeen }, enrichments }, hashes }
}

/** Score and version of the last CVSS entry; all identifiers and references. */
export function vulnerabilityOf(vulnerabilities: JsonValue | undefined) {
  const all = list(vulnerabilities).map(item => object(item))
  if (all.length === 0) return undefined
  const scores = all.flatMap(one => list(one?.['Cvss'])).map(item => object(item))
  const last = scores.at(-1)
  return {
    id: single(distinct(...all.map(one => text(one?.['Id'])))),
    reference: single(distinct(...all.flatMap(one => list(one?.['ReferenceUrls'])).map(text))),
    scanner: { vendor: single(distinct(...all.map(one => text(object(one?.['Vendor'])?.['Name'])))) },
    score: { base: numberOf(last?.['BaseScore']), version: text(last?.['Version']) }
  }
}
