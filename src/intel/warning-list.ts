/**
 * MISP's warninglists (https://github.com/MISP/misp-warninglists, `schema.json`): values that are known to be harmless and get into feeds
 * by mistake, as JSON: `{ name, version, description, type, list: […], matching_attributes: […] }`.
 */

import type { AllowedValues, AllowKind } from './allow-list.ts'
import type { IndicatorType } from './indicator.ts'

export type WarningList = AllowedValues & { readonly description: string; readonly version: string }

const kinds: readonly AllowKind[] = ['string', 'hostname', 'cidr', 'substring', 'regex']
const entriesMax = 1_500_000
const entryLengthMax = 2048

/** MISP's types of attributes, as ours. */
const typesOf: Readonly<Record<string, readonly IndicatorType[]>> = {
  'ip-src': ['ip', 'cidr'],
  'ip-dst': ['ip', 'cidr'],
  'ip-src|port': ['ip', 'cidr'],
  'ip-dst|port': ['ip', 'cidr'],
  'domain|ip': ['domain', 'ip', 'cidr'],
  domain: ['domain'],
  hostname: ['domain'],
  'hostname|port': ['domain'],
  url: ['url'],
  uri: ['url'],
  link: ['url'],
  md5: ['md5'],
  'filename|md5': ['md5'],
  sha1: ['sha1'],
  'filename|sha1': ['sha1'],
  'x509-fingerprint-sha1': ['sha1'],
  sha256: ['sha256'],
  'filename|sha256': ['sha256'],
  'x509-fingerprint-sha256': ['sha256'],
  sha512: ['sha512'],
  'filename|sha512': ['sha512'],
  email: ['email'],
  'email-src': ['email'],
  'email-dst': ['email'],
  'ja3-fingerprint-md5': ['ja3', 'ja3s'],
  'x509-fingerprint-md5': ['md5'],
  'user-agent': ['user-agent']
}

/** What the file says, or why it is of no use. */
export function readWarningList(text: string): WarningList | { readonly problem: string } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { problem: 'is no JSON' }
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { problem: 'is no object' }
  const { name, version, description, type, list, matching_attributes } = json as Record<string, unknown>
  if (typeof name !== 'string' || name === '') return { problem: 'has no name' }
  const kind = kinds.find(each => each === (type ?? 'string'))
  if (kind === undefined)
    return { problem: `is of type ${String(type).slice(0, 40)}, which is none of ${kinds.join(', ')}` }
  if (!Array.isArray(list)) return { problem: 'has no list' }
  if (list.length > entriesMax) return { problem: `has ${list.length} entries, more than ${entriesMax}` }
  const attributes = Array.isArray(matching_attributes)
    ? matching_attributes.filter(each => typeof each === 'string')
    : []
  const types = [...new Set(attributes.flatMap(attribute => typesOf[attribute] ?? []))]
  if (attributes.length > 0 && types.length === 0)
    return { problem: 'speaks of attributes that Picket has no indicators for' }
  const values = list.filter(
    (value): value is string => typeof value === 'string' && value.trim() !== '' && value.length <= entryLengthMax
  )
  return {
    name: name.slice(0, 256),
    kind,
    types,
    values: values.map(value => value.trim()),
    description: typeof description === 'string' ? description.slice(0, 2000) : '',
    version: typeof version === 'string' || typeof version === 'number' ? String(version) : ''
  }
}
