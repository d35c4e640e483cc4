/** Any application's JSON: the time, the message, the level and addresses by their usual names; all other fields keep theirs. */

import { distinct, numberOf, textOf } from '../../core/ecs-values.ts'
import { isIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject, JsonValue, ParseContext, Parsed } from '../../core/parser.ts'
import { isoMs } from '../../core/time.ts'
import { cleanse, type Document, merge, own, put } from './document.ts'
import { isFieldSet, levelText, type Named, type Target, transportText } from './names.ts'
import { parseDateAndTime, parseTime } from './times.ts'

export function parseGeneric(json: JsonObject, context: ParseContext, names: (name: string) => Named): Parsed {
  const zone = context.timezoneMinutes ?? 0
  const out: Document = {
    '@timestamp': undefined,
    message: undefined,
    event: { kind: 'event', dataset: 'ndjson', module: 'ndjson' }
  }
  let timeUs: number | undefined
  let timeKey: string | undefined
  let best = 1000
  // Which name gave which field: the best of several wins, the others keep their own names.
  const chosen = new Map<string, { readonly key: string; readonly target: Target; readonly value: unknown }>()
  for (const key in json) {
    const { timeRank: rank, target } = names(key)
    if (rank !== undefined && rank < best) {
      const us = parseTime(json[key], zone, context.receivedMs)
      if (us !== undefined) {
        timeUs = us
        timeKey = key
        best = rank
      }
    }
    if (target === undefined) continue
    const held = chosen.get(target.field)
    if (held !== undefined && held.target.rank <= target.rank) continue
    const value = fit(json[key]!, target)
    if (value !== undefined) chosen.set(target.field, { key, target, value })
  }
  let second: string | undefined
  if (timeKey === undefined || timeKey === 'date') {
    const us = parseDateAndTime(own(json, 'date'), own(json, 'time'), zone)
    if (us !== undefined) {
      timeUs = us
      timeKey = 'date'
      second = 'time'
    }
  }
  const used = new Set<string>()
  for (const { key, target, value } of chosen.values()) {
    used.add(key)
    if (target.field === 'message') out['message'] = value
    else merge(out, target.field, value)
  }
  for (const key in json) {
    if (key === timeKey || key === second || used.has(key)) continue
    keep(out, key, json[key]!)
  }
  out['@timestamp'] = timeUs === undefined ? undefined : isoMs(timeUs)
  addRelated(out)
  return { ok: true, event: out as EcsEvent, timeUs, kind: undefined }
}

/** The value as the target takes it, or undefined if it is not of its kind. */
function fit(value: JsonValue, target: Target): unknown {
  switch (target.type) {
    case 'ip':
      return isIp(value) ? value : undefined
    case 'port': {
      const port = numberOf(value)
      return port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65535 ? port : undefined
    }
    case 'number': {
      const number = numberOf(value)
      return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined
    }
    case 'transport':
      return transportText(value)
    case 'level':
      return levelText(value)
    case 'message':
      return typeof value === 'string' && value !== '' ? value : undefined
    default:
      return textOf(value)
  }
}

/** A field under its own name; what would sit where ECS has an object goes below `ndjson.`. */
function keep(out: Document, key: string, value: JsonValue): void {
  const kept = cleanse(value, 1)
  if (kept === undefined) return
  const object = typeof kept === 'object' && !Array.isArray(kept)
  const claimed = key === 'picket' || key.startsWith('picket.') || key === '@timestamp' || key === 'message'
  if (claimed || key === '' || (!object && isFieldSet(key)) || (key === 'event' && !object)) {
    let other = own(out, 'ndjson')
    if (typeof other !== 'object' || other === null || Array.isArray(other)) {
      other = {}
      put(out, 'ndjson', other)
    }
    put(other as Document, key === '' ? 'field' : key, kept)
  } else merge(out, key, kept)
}

function addRelated(out: Document): void {
  const source = own(out, 'source')
  const destination = own(out, 'destination')
  const sourceIp = typeof source === 'object' && source !== null ? own(source, 'ip') : undefined
  const destinationIp = typeof destination === 'object' && destination !== null ? own(destination, 'ip') : undefined
  if (!isIp(sourceIp) && !isIp(destinationIp)) return
  const ips = distinct(isIp(sourceIp) ? sourceIp : undefined, isIp(destinationIp) ? destinationIp : undefined)
  const related = own(out, 'related')
  if (related === undefined) put(out, 'related', { ip: ips })
  else if (typeof related === 'object' && related !== null && own(related, 'ip') === undefined)
    merge(related as Document, 'ip', ips)
}
