/** A request of OTLP logs, in either encoding → its records, each a document of OTLP's own JSON shape with the resource and scope it belongs to. */

import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { checkRequest, placesOf, recordAt } from '../../parsers/otlp/protobuf.ts'
import { aroundRecord, isOtlpLogs, type LogRecord, logRecords } from '../../parsers/otlp/records.ts'
import { listOf } from '../../parsers/otlp/values.ts'
import { isFineTime } from '../listen/origin.ts'
import type { Encoding } from './answers.ts'

export type LogsRequest = {
  /** In order: a document, or why the record is refused. */
  readonly records: () => Generator<string | { readonly refused: string }>
  readonly count: number
  /** Does its first record bear a time finer than a second? */
  readonly isTimed: boolean
}

/** A resource or a scope is written with each of its records: larger ones are refused, bytes. */
const aboutBytesMax = 64 * 1024
/** Values, lists and objects in a request of JSON: beyond, it is no logs. */
const jsonPartsMax = 3_000_000

/** A reason where the request cannot be read: nothing of it is taken. */
export function readLogs(body: Buffer, encoding: Encoding): LogsRequest | string {
  return encoding === 'json' ? fromJson(body) : fromProtobuf(body)
}

function fromProtobuf(body: Buffer): LogsRequest | string {
  const checked = checkRequest(body)
  if (typeof checked === 'string') return `the body is no ExportLogsServiceRequest: ${checked}`
  if (checked.aboutBytesMax > aboutBytesMax) return tooMuchAbout
  const around = lastAround()
  return {
    *records() {
      for (const place of placesOf(body)) {
        const record = recordAt(body, place)
        yield typeof record === 'string' ? { refused: record } : around(place.about, JSON.stringify(record))
      }
    },
    count: checked.records,
    get isTimed() {
      for (const place of placesOf(body)) {
        const record = recordAt(body, place)
        return typeof record !== 'string' && isFine(record)
      }
      return false
    }
  }
}

function fromJson(body: Buffer): LogsRequest | string {
  if (partsOf(body) > jsonPartsMax) return `the body holds more than ${jsonPartsMax} values: send it in parts`
  let json: JsonValue
  try {
    json = JSON.parse(body.toString('utf8')) as JsonValue
  } catch {
    return 'the body is not JSON'
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'the body is no JSON object'
  const { resourceLogs } = json
  if (resourceLogs === undefined) return Object.keys(json).length === 0 ? nothing : noLogs
  if (!Array.isArray(resourceLogs)) return noLogs
  if (resourceLogs.length > 0 && !isOtlpLogs(json)) return noLogs
  const all = logRecords(json)
  if (hasMuchAbout(all)) return tooMuchAbout
  const around = lastAround()
  const odd = oddRecords(resourceLogs)
  return {
    *records() {
      for (const one of all) yield around(one, JSON.stringify(one.record))
      for (let i = all.length; i < all.length + odd; i++) yield { refused: 'a log record is no JSON object' }
    },
    count: all.length + odd,
    isTimed: all[0] !== undefined && isFine(all[0].record)
  }
}

const nothing: LogsRequest = { *records() {}, count: 0, isTimed: false }
const noLogs = 'the body holds no OTLP logs: resourceLogs with scopeLogs and logRecords'
const tooMuchAbout = `a resource or scope is larger than ${aboutBytesMax} bytes: it would be written with each of its records`

/** The text around records, made anew only where the resource or scope is another. */
function lastAround(): (about: Omit<LogRecord, 'record'>, record: string) => string {
  let of: Omit<LogRecord, 'record'> | undefined
  let text: readonly [string, string] = ['', '']
  return (about, record) => {
    if (
      of === undefined ||
      of.resource !== about.resource ||
      of.scope !== about.scope ||
      of.resourceSchema !== about.resourceSchema
    ) {
      of = about
      text = aroundRecord(about)
    }
    return text[0] + record + text[1]
  }
}

function isFine(record: JsonObject): boolean {
  return [record['timeUnixNano'], record['observedTimeUnixNano']].some(
    value => isFineTime(value) && !String(value).endsWith('000000000')
  )
}

/** An upper bound of the values in a text of JSON: what opens and what divides. */
function partsOf(body: Buffer): number {
  let parts = 0
  for (let at = 0; at < body.length; at++) {
    const c = body[at]!
    if (c === 44 || c === 91 || c === 123) parts++
  }
  return parts
}

function hasMuchAbout(records: readonly LogRecord[]): boolean {
  const seen = new Set<JsonValue | undefined>()
  for (const { resource, scope } of records)
    for (const about of [resource, scope]) {
      if (seen.has(about)) continue
      seen.add(about)
      if (about !== undefined && JSON.stringify(about).length > aboutBytesMax) return true
    }
  return false
}

/** What stands among the log records and is none. */
function oddRecords(resourceLogs: readonly JsonValue[]): number {
  let odd = 0
  for (const logs of listOf(resourceLogs as JsonValue[]))
    for (const scoped of listOf(logs['scopeLogs'] ?? logs['instrumentationLibraryLogs'])) {
      const records = scoped['logRecords']
      if (Array.isArray(records)) odd += records.length - listOf(records).length
    }
  return odd
}
