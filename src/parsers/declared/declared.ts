/**
 * Declared parsers: formats that people describe in a file of their own, without code. A definition becomes a `Parser` like any other;
 * `propose.ts` makes definitions from examples.
 */

import { columnOf } from '../../core/columns.ts'
import { distinct } from '../../core/ecs-values.ts'
import { COMMUNITY_ID } from '../../core/event.ts'
import { isIp } from '../../core/ip.ts'
import {
  type EcsEvent,
  type JsonObject,
  type JsonValue,
  NO_EVENT,
  type ParseContext,
  type Parsed,
  type Parser,
  type Sample
} from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { cleanse, type Document, merge, own, put } from '../ndjson/document.ts'
import { named } from '../ndjson/names.ts'
import { parseTime } from '../ndjson/times.ts'
import type { Definition } from './definition.ts'
import { type FieldType, matchLine, type Pattern, pairsOf, readPattern, weight } from './pattern.ts'
import { beginsRecord, firstLine, isHeader, isIgnored } from './records.ts'

const recordCharsMax = 65_536

/** The parser that a definition describes. The definition was checked (`readDefinition`). */
export function declaredParser(definition: Definition): Parser {
  const { name, title, input } = definition
  const patterns = definition.patterns.map(readPattern)
  const isJson = input === 'json'
  return {
    name,
    title,
    input,
    framing: isJson ? 'json' : definition.begins === 'line' ? 'lines' : 'multiline',
    begins: line => beginsRecord(line, definition),
    recognise: sample => (isJson ? recogniseJson(sample, definition) : recogniseText(sample, patterns, definition)),
    open(context) {
      const build = new Builder(definition, context)
      return isJson ? (_, json) => build.fromJson(json) : text => parseText(text, patterns, build, definition)
    }
  }
}

const noPattern: Parsed = { ok: false, reason: 'no pattern of the format matches' }

function parseText(
  text: string,
  patterns: readonly Pattern[],
  build: Builder,
  definition: Definition
): Parsed | typeof NO_EVENT {
  if (text.length > recordCharsMax) return { ok: false, reason: `a record of more than ${recordCharsMax} characters` }
  if (definition.ignore.length > 0 && isIgnored(text, definition.ignore)) return NO_EVENT
  const line = firstLine(text, definition)
  for (const pattern of patterns) {
    const values = matchLine(pattern, line)
    if (values !== undefined) return build.fromText(text, pattern, values)
  }
  return noPattern
}

/** Makes the events of one stream. */
class Builder {
  readonly #definition: Definition
  readonly #context: ParseContext
  readonly #prefix: string
  readonly #constants: readonly (readonly [string, unknown])[]
  readonly #keys: ReadonlyMap<string, string>

  constructor(definition: Definition, context: ParseContext) {
    this.#definition = definition
    this.#context = context
    this.#prefix = definition.name.replaceAll('-', '_')
    this.#constants = Object.entries(definition.set)
    this.#keys = new Map(Object.entries(definition.fields))
  }

  fromText(text: string, pattern: Pattern, values: readonly (string | undefined)[]): Parsed {
    const event: Document = {}
    let timeUs: number | undefined
    pattern.fields.forEach(({ field, type }, i) => {
      const value = values[i]
      if (value === undefined || field === '_') return
      if (type === 'kv') for (const [key, inner] of pairsOf(value)) timeUs = this.#key(event, key, inner) ?? timeUs
      else timeUs = this.#put(event, field, type, value) ?? timeUs
    })
    // What the further lines of a record say belongs to what its first line says.
    const end = this.#definition.begins === 'line' ? -1 : text.indexOf('\n')
    if (end >= 0 && typeof event['message'] === 'string') event['message'] += text.slice(end)
    return this.#finish(event, text, timeUs)
  }

  fromJson(json: JsonObject): Parsed {
    for (const key of this.#definition.requires)
      if (at(json, key) === undefined) return { ok: false, reason: `has no ${JSON.stringify(key.slice(0, 80))}` }
    const event: Document = {}
    let timeUs: number | undefined
    const walk = (value: JsonObject, prefix: string, depth: number): void => {
      for (const key in value) {
        const path = prefix + key
        const item = value[key]!
        if (item === null) continue
        if (typeof item === 'object' && !Array.isArray(item) && !this.#keys.has(path) && depth < 16)
          walk(item, `${path}.`, depth + 1)
        else timeUs = this.#key(event, path, item) ?? timeUs
      }
    }
    walk(json, '', 0)
    return this.#finish(event, undefined, timeUs)
  }

  /** A key's value in its field; below the format's own name where none was given. */
  #key(event: Document, key: string, value: JsonValue): number | undefined {
    const field = this.#keys.get(key)
    if (field === '_') return undefined
    return this.#put(event, field ?? `${this.#prefix}.${key}`, 'word', value)
  }

  /** Returns the time where the field is the event's. */
  #put(event: Document, field: string, type: FieldType, value: JsonValue): number | undefined {
    const { receivedMs, timezoneMinutes = 0 } = this.#context
    if (type === 'time' || field === '@timestamp') {
      const us = parseTime(value, timezoneMinutes, receivedMs)
      if (us === undefined) {
        merge(event, field === '@timestamp' ? `${this.#prefix}.time` : field, cleanse(value, 1))
        return undefined
      }
      if (field === '@timestamp') return us
      merge(event, field, isoMs(us))
      return undefined
    }
    const mapped =
      typeof value === 'string' || typeof value === 'number' ? this.#mapped(field, String(value)) : undefined
    merge(event, field, mapped ?? fitting(field, type, value))
    return undefined
  }

  #mapped(field: string, value: string): string | number | undefined {
    const table = Object.hasOwn(this.#definition.values, field) ? this.#definition.values[field] : undefined
    return table !== undefined && Object.hasOwn(table, value) ? table[value] : undefined
  }

  #finish(event: Document, text: string | undefined, timeUs: number | undefined): Parsed {
    for (const [field, value] of this.#constants) if (reach(event, field) === undefined) merge(event, field, value)
    const about = section(event, 'event')
    about['kind'] ??= 'event'
    about['module'] ??= this.#prefix
    about['dataset'] ??= `${this.#prefix}.log`
    if (event['message'] === undefined && text !== undefined) event['message'] = text
    addRelated(event)
    put(event, '@timestamp', timeUs === undefined ? undefined : isoMs(timeUs))
    return { ok: true, event: event as EcsEvent, timeUs, kind: undefined }
  }
}

/** A value as its field's column and its type want it. */
function fitting(field: string, type: FieldType, value: JsonValue): unknown {
  if (typeof value !== 'string') return cleanse(value, 1)
  const column = columnOf(field)?.type
  const numeric =
    type === 'int' || type === 'number' || column === 'u8' || column === 'u16' || column === 'u32' || column === 'u64'
  if (!numeric) return value
  const number = Number(value)
  return Number.isFinite(number) && value !== '' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : value
}

function at(json: JsonObject, path: string): JsonValue | undefined {
  if (Object.hasOwn(json, path)) return json[path]
  let value: JsonValue | undefined = json
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part))
      return undefined
    value = (value as JsonObject)[part]
  }
  return value
}

function reach(event: Document, path: string): unknown {
  let value: unknown = event
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = own(value, part)
  }
  return value
}

function section(event: Document, key: string): Document {
  const there = own(event, key)
  if (typeof there === 'object' && there !== null && !Array.isArray(there)) return there as Document
  const fresh: Document = {}
  put(event, key, fresh)
  if (there !== undefined) fresh['value'] = there
  return fresh
}

const sides = ['source', 'destination', 'client', 'server', 'host', 'observer']
const people = ['user.name', 'user.effective.name', 'user.target.name', 'source.user.name', 'destination.user.name']
const names = ['host.name', 'host.hostname', 'source.domain', 'destination.domain', 'url.domain', 'dns.question.name']

/** `related.*`, and the Community ID where the event's own fields make one. */
function addRelated(event: Document): void {
  const textAt = (path: string): string | undefined => {
    const value = reach(event, path)
    return typeof value === 'string' ? value : undefined
  }
  const ips = sides.map(side => textAt(`${side}.ip`)).filter(isIp)
  const related = section(event, 'related')
  related['ip'] ??= distinct(...ips)
  related['user'] ??= distinct(...people.map(textAt))
  related['hosts'] ??= distinct(...names.map(textAt))
  for (const side of ['source', 'destination']) {
    const ip = textAt(`${side}.ip`)
    if (ip !== undefined && !isIp(ip)) {
      // A name where an address was expected.
      const end = event[side] as Document
      end['domain'] ??= ip
      end['ip'] = undefined
    }
    if (ip !== undefined) (event[side] as Document)['address'] ??= ip
  }
  if (
    textAt('source.ip') !== undefined &&
    textAt('destination.ip') !== undefined &&
    textAt('network.transport') !== undefined
  ) {
    const network = event['network'] as Document
    network['transport'] = textAt('network.transport')!.toLowerCase()
    network['community_id'] ??= COMMUNITY_ID
  }
}

const linesSeen = 20

/** Patterns with next to nothing fixed in them would claim everybody's lines. */
function recogniseText(sample: Sample, patterns: readonly Pattern[], definition: Definition): number {
  const { ignore } = definition
  const [first] = sample.lines
  if (first === undefined) return 0
  const telling = isHeader(first, ignore) ? patterns : patterns.filter(pattern => weight(pattern) >= 4)
  if (telling.length === 0) return 0
  const lines = sample.lines
    .filter(line => line.length <= recordCharsMax && !isIgnored(line, ignore) && beginsRecord(line, definition))
    .slice(0, linesSeen)
  // Most lines of the sample are further lines of records at most if there are records that they belong to.
  if (lines.length === 0 || !beginsRecord(first, definition)) return 0
  const matched = lines.filter(line => telling.some(pattern => matchLine(pattern, line) !== undefined)).length
  return matched >= lines.length * 0.8 ? 0.97 : 0
}

function recogniseJson(sample: Sample, { requires, fields }: Definition): number {
  const records = sample.json.slice(0, linesSeen)
  const good = records.filter(json => json !== undefined && requires.every(key => at(json, key) !== undefined)).length
  if (records.length === 0 || good < records.length * 0.8) return 0
  // A single key that everybody uses tells nothing.
  const telling = requires.filter(key => named(key).target === undefined && named(key).timeRank === undefined).length
  return telling > 0 && (requires.length > 1 || Object.keys(fields).length > 0) ? 0.97 : 0
}
