/**
 * The fields of CloudFront's logs and where each stands in a line: from the `#Fields:` line, or, in files without one, from the
 * orders that AWS documents. Read by `aws-cloudfront.ts` once a header.
 */

/** Fields that have a place in the mapping; the index in this list is their slot. */
const slotNames = [
  'date',
  'time',
  'x-edge-location',
  'sc-bytes',
  'c-ip',
  'cs-method',
  'cs(host)',
  'cs-uri-stem',
  'sc-status',
  'cs(referer)',
  'cs(user-agent)',
  'cs-uri-query',
  'cs(cookie)',
  'x-edge-result-type',
  'x-edge-request-id',
  'x-host-header',
  'cs-protocol',
  'cs-bytes',
  'time-taken',
  'x-forwarded-for',
  'ssl-protocol',
  'ssl-cipher',
  'x-edge-response-result-type',
  'cs-protocol-version',
  'fle-status',
  'fle-encrypted-fields',
  'c-port',
  'time-to-first-byte',
  'x-edge-detailed-result-type',
  'sc-content-type',
  'sc-content-len',
  'sc-range-start',
  'sc-range-end',
  'timestamp',
  'timestamp(ms)'
] as const

export type Slot = (typeof slotNames)[number]

export const slots = Object.fromEntries(slotNames.map((name, slot) => [name, slot])) as Readonly<Record<Slot, number>>
export const slotCount = slotNames.length

/** Standard logs' 33 fields stand first in the list of slots, in their order. */
const standardCount = 33

/** The order of a real-time log with all fields: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html */
const realTimeNames =
  'timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes x-edge-location ' +
  'x-edge-request-id x-host-header time-taken cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query ' +
  'x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type fle-encrypted-fields fle-status ' +
  'sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type c-country cs-accept-encoding ' +
  'cs-accept cache-behavior-path-pattern cs-headers cs-header-names cs-headers-count primary-distribution-id ' +
  'primary-distribution-dns-name origin-fbl origin-lbl asn'

export type Layout = {
  /** The slot of each place in the line; -1 where the field has none. */
  readonly slots: readonly number[]
  /** The field's name for each place that has no slot. */
  readonly names: readonly string[]
}

/** `cs(User-Agent)` and, in real-time logs, `cs-user-agent` are one field. */
export function slotOf(name: string): number {
  const lower = name.toLowerCase()
  const slot = slots[lower as Slot]
  if (slot !== undefined) return slot
  for (const header of ['host', 'referer', 'user-agent', 'cookie'] as const)
    if (lower === `cs-${header}`) return slots[`cs(${header})`]
  return -1
}

/** `DistributionId` → `distribution_id`, `cs(Accept)` → `cs_accept`. */
export function keyOf(name: string): string {
  let key = ''
  for (let i = 0; i < name.length && key.length < 64; i++) {
    const c = name.charCodeAt(i)
    const upper = c >= 65 && c <= 90
    const word = upper || (c >= 97 && c <= 122) || (c >= 48 && c <= 57)
    if (!word || (upper && i > 0 && name.charCodeAt(i - 1) >= 97)) {
      if (key !== '' && !key.endsWith('_')) key += '_'
    }
    if (word) key += name[i]!.toLowerCase()
  }
  return key.endsWith('_') ? key.slice(0, -1) : key
}

function layoutOf(names: readonly string[]): Layout {
  return { slots: names.map(slotOf), names: names.map(keyOf) }
}

/** Of a `#Fields: date time …` line. */
export function layoutOfHeader(line: string): Layout {
  return layoutOf(
    line
      .slice('#Fields:'.length)
      .split(/[ \t]+/)
      .filter(name => name !== '')
      .slice(0, 256)
  )
}

export const standardLayout = layoutOf(slotNames.slice(0, standardCount))
export const realTimeLayout = layoutOf(realTimeNames.split(' '))
