/** Our indicators and sightings as STIX 2.1 objects, for peers. What only concerns us (hosts, users, fields of events) stays here. */

import { sha1 } from '../../core/sha1.ts'
import type { Indicator, IndicatorType } from '../indicator.ts'
import { uuidText } from '../indicator.ts'

export type StixObject = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string }

const patterns: Readonly<Record<Exclude<IndicatorType, 'pattern'>, (value: string) => string>> = {
  ip: value => `${addressType(value)}:value = ${literal(value)}`,
  cidr: value => `${addressType(value)}:value ISSUBSET ${literal(value)}`,
  domain: value => `domain-name:value = ${literal(value)}`,
  url: value => `url:value = ${literal(value)}`,
  md5: value => `file:hashes.MD5 = ${literal(value)}`,
  sha1: value => `file:hashes.'SHA-1' = ${literal(value)}`,
  sha256: value => `file:hashes.'SHA-256' = ${literal(value)}`,
  sha512: value => `file:hashes.'SHA-512' = ${literal(value)}`,
  email: value => `email-addr:value = ${literal(value)}`,
  'user-agent': value =>
    `network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = ${literal(value)}`,
  // STIX has no words of its own for these: properties of ours (11.1).
  ja3: value => `network-traffic:x_ja3 = ${literal(value)}`,
  ja3s: value => `network-traffic:x_ja3s = ${literal(value)}`,
  ja4: value => `network-traffic:x_ja4 = ${literal(value)}`
}

const addressType = (value: string): string => (value.includes(':') ? 'ipv6-addr' : 'ipv4-addr')
const literal = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** The pattern of an indicator's values; several are alternatives. */
export function patternOf(indicators: readonly Pick<Indicator, 'type' | 'value' | 'port'>[]): string {
  return indicators
    .map(({ type, value, port }) => {
      if (type === 'pattern') return value
      if (type === 'ip' && port !== undefined)
        return `[network-traffic:dst_ref.value = ${literal(value)} AND network-traffic:dst_port = ${port}]`
      return `[${patterns[type](value)}]`
    })
    .join(' OR ')
}

/** What all indicators of one id say, as one STIX indicator. `created_by_ref` only for what is ours. */
export function stixIndicator(
  indicators: readonly [Indicator, ...Indicator[]],
  times: {
    readonly createdMs: number
    readonly modifiedMs: number
    readonly by: string | undefined
    readonly revoked: boolean
  }
): StixObject {
  const [first] = indicators
  const validFromMs = first.validFromMs ?? times.createdMs
  const labels = [...new Set(indicators.flatMap(({ labels }) => labels))]
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: first.id,
    ...(times.by !== undefined && { created_by_ref: times.by }),
    created: iso(times.createdMs),
    modified: iso(times.modifiedMs),
    ...(times.revoked && { revoked: true }),
    ...(first.name !== undefined && { name: first.name }),
    ...(first.description !== undefined && { description: first.description }),
    indicator_types: ['malicious-activity'],
    pattern: patternOf(indicators),
    pattern_type: 'stix',
    valid_from: iso(validFromMs),
    // It must be later (4.7).
    ...(first.validUntilMs !== undefined &&
      first.validUntilMs > validFromMs && { valid_until: iso(first.validUntilMs) }),
    ...(labels.length > 0 && { labels }),
    confidence: Math.round(first.confidence),
    ...(first.reference !== undefined && {
      external_references: [{ source_name: first.source, url: first.reference }]
    })
  }
}

export function stixIdentity(
  identity: { readonly id: string; readonly name: string; readonly createdMs: number },
  modifiedMs: number
): StixObject {
  return {
    type: 'identity',
    spec_version: '2.1',
    id: identity.id,
    created: iso(identity.createdMs),
    modified: iso(Math.max(modifiedMs, identity.createdMs)),
    name: identity.name,
    identity_class: 'organization'
  }
}

/** That an indicator was seen, how often, from when to when: nothing of where and by whom. */
export function stixSighting(
  sum: {
    readonly id: string
    readonly value: string
    readonly count: number
    readonly firstUs: number
    readonly lastUs: number
  },
  by: string,
  times: { readonly createdMs: number; readonly modifiedMs: number }
): StixObject {
  return {
    type: 'sighting',
    spec_version: '2.1',
    id: sightingId(by, sum.id, sum.value),
    created_by_ref: by,
    created: iso(times.createdMs),
    modified: iso(times.modifiedMs),
    first_seen: iso(sum.firstUs / 1000),
    last_seen: iso(sum.lastUs / 1000),
    count: Math.min(999_999_999, sum.count),
    sighting_of_ref: sum.id,
    where_sighted_refs: [by]
  }
}

/** The same Picket seeing the same value of the same indicator tells of the same sighting again. */
export function sightingId(by: string, indicator: string, value: string): string {
  const digest = sha1(new TextEncoder().encode(`${by}\0${indicator}\0${value}`))
  digest[6] = (digest[6]! & 0x0f) | 0x50
  digest[8] = (digest[8]! & 0x3f) | 0x80
  return `sighting--${uuidText(digest, 0)}`
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
