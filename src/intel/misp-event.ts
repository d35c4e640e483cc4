/**
 * An event of MISP (https://github.com/MISP/misp-rfc, misp-core-format) as indicators: its attributes and those of its objects. All
 * of an event's indicators have the event's id and version, so that a new version replaces the old one with all that it held.
 */

import type { Level } from '../core/detection.ts'
import type { Found, IndicatorType, Reading, ReadingProblem, Receive } from './indicator.ts'
import { problemsMax } from './indicator.ts'
import { normalValue } from './normalise.ts'

export type MispOptions = {
  /** Attributes that MISP does not mean for detection (`to_ids: false`), too. */
  readonly all?: boolean | undefined
}

/** What of a type's parts (separated by `|`) is an indicator; undefined where a part is not. */
const types: Readonly<Record<string, readonly (IndicatorType | 'port' | undefined)[]>> = {
  'ip-src': ['ip'],
  'ip-dst': ['ip'],
  'ip-src|port': ['ip', 'port'],
  'ip-dst|port': ['ip', 'port'],
  domain: ['domain'],
  hostname: ['domain'],
  'hostname|port': ['domain', undefined],
  'domain|ip': ['domain', 'ip'],
  url: ['url'],
  uri: ['url'],
  link: ['url'],
  md5: ['md5'],
  sha1: ['sha1'],
  sha256: ['sha256'],
  sha512: ['sha512'],
  'filename|md5': [undefined, 'md5'],
  'filename|sha1': [undefined, 'sha1'],
  'filename|sha256': [undefined, 'sha256'],
  'filename|sha512': [undefined, 'sha512'],
  'malware-sample': [undefined, 'md5'],
  'x509-fingerprint-md5': ['md5'],
  'x509-fingerprint-sha1': ['sha1'],
  'x509-fingerprint-sha256': ['sha256'],
  email: ['email'],
  'email-src': ['email'],
  'email-dst': ['email'],
  'ja3-fingerprint-md5': ['ja3'],
  'ja4-plus': ['ja4'],
  'user-agent': ['user-agent']
}

const attributesMax = 500_000
const labelsMax = 20
/** MISP's threat levels: high, medium, low, undefined. */
const levelsOf: Readonly<Record<string, Level>> = { '1': 'high', '2': 'medium', '3': 'low' }

type Json = Readonly<Record<string, unknown>>

export function isMispEvent(json: unknown): boolean {
  const event = objectOf(objectOf(json)?.['Event'])
  return (
    event !== undefined &&
    typeof event['uuid'] === 'string' &&
    (Array.isArray(event['Attribute']) || Array.isArray(event['Object']))
  )
}

/** Never throws. Of an event without indicators, one says that whatever stood under its id is gone (`revoked`). */
export function readMispEvent(json: unknown, options: MispOptions, receive: Receive): Reading {
  const problems: ReadingProblem[] = []
  let taken = 0
  let refused = 0
  const refuse = (where: string, message: string) => {
    refused++
    if (problems.length < problemsMax) problems.push({ where, message: message.slice(0, 200) })
  }
  const done = (): Reading => ({ format: 'misp', taken, refused, unmatched: 0, problems })
  const event = objectOf(objectOf(json)?.['Event'])
  const uuid = event?.['uuid']
  if (event === undefined || typeof uuid !== 'string' || !uuidForm.test(uuid)) {
    refuse('event', 'is no MISP event with a UUID')
    return done()
  }
  const id = `indicator--${uuid.toLowerCase()}`
  const seenMs = secondsOf(event['timestamp']) ?? 0
  const level = levelsOf[String(event['threat_level_id'])]
  const eventLabels = tagsOf(event)
  const info = textOf(event['info'])
  const attributes = [
    ...listOf(event['Attribute']),
    ...listOf(event['Object']).flatMap(object => listOf(objectOf(object)?.['Attribute']))
  ]
  if (attributes.length > attributesMax)
    refuse('event', `has more than ${attributesMax} attributes; the others are not read`)
  const seen = new Set<string>()
  for (const each of attributes.slice(0, attributesMax)) {
    const attribute = objectOf(each)
    const type = textOf(attribute?.['type'])
    const value = textOf(attribute?.['value'])
    if (attribute === undefined || type === undefined || value === undefined || attribute['deleted'] === true) continue
    const parts = types[type]
    if (parts === undefined || (attribute['to_ids'] !== true && options.all !== true)) continue
    for (const found of valuesOf(parts, value)) {
      if (typeof found === 'string') {
        refuse(textOf(attribute['uuid']) ?? 'attribute', `${type}: ${found}`)
        continue
      }
      const key = `${found.type}\0${found.value}\0${found.port ?? ''}`
      if (seen.has(key)) continue
      seen.add(key)
      taken++
      const labels = [...new Set([...eventLabels, ...tagsOf(attribute)])].slice(0, labelsMax)
      const comment = textOf(attribute['comment'])
      const fromMs = dateOf(attribute['first_seen'])
      receive({
        ...found,
        id,
        seenMs,
        ...(level !== undefined && { level }),
        ...(labels.length > 0 && { labels }),
        ...(info !== undefined && { name: info }),
        ...(comment !== undefined && { description: comment }),
        ...(fromMs !== undefined && { validFromMs: fromMs })
      })
    }
  }
  if (taken === 0) receive({ type: 'pattern', value: '', id, seenMs, revoked: true })
  return done()
}

/** The indicators in an attribute of that type; a text says of a part that it is none. Undefined: its type is not matched. */
export function attributeValues(
  type: string,
  value: string
): readonly (Pick<Found, 'type' | 'value' | 'port'> | string)[] | undefined {
  const parts = types[type]
  return parts === undefined ? undefined : valuesOf(parts, value)
}

const uuidForm = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** The parts that are indicators; a text says what is none. */
function valuesOf(
  parts: readonly (IndicatorType | 'port' | undefined)[],
  text: string
): (Pick<Found, 'type' | 'value' | 'port'> | string)[] {
  const cells = parts.length === 1 ? [text] : text.split('|')
  const port = parts[1] === 'port' ? Number(cells[1]) : 0
  return parts.flatMap((type, at): (Pick<Found, 'type' | 'value' | 'port'> | string)[] => {
    if (type === undefined || type === 'port') return []
    const cell = (cells[at] ?? '').trim()
    const value = normalValue(type, cell)
    if (value !== undefined)
      return [{ type, value, ...(Number.isInteger(port) && port > 0 && port < 65_536 && type === 'ip' && { port }) }]
    // A network stands where an address is meant, too.
    const network = type === 'ip' ? normalValue('cidr', cell) : undefined
    return network === undefined ? [`is none: ${cell.slice(0, 100)}`] : [{ type: 'cidr' as const, value: network }]
  })
}

function tagsOf(holder: Json): string[] {
  return listOf(holder['Tag']).flatMap(tag => textOf(objectOf(tag)?.['name']) ?? [])
}

const objectOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Seconds since 1970, as MISP writes them: a text or a number. */
export function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,11}$/.test(value) ? Number(value) : value
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? Math.trunc(seconds) * 1000 : undefined
}

function dateOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}
