/**
 * What remains of a record when its ECS fields are taken out: `suricata.eve`. Whatever is not moved exactly, or by a conversion
 * that leads back (see suricata.ts), stays under its own path.
 */

import { text } from '../../core/ecs-values.ts'
import type { JsonObject, JsonValue } from '../../core/parser.ts'
import { ecsMac } from './application.ts'
import { portOf } from './endpoints.ts'
import { countOf, keep, type Rest } from './rest.ts'

export type Sections = {
  readonly stamp: string
  readonly appProtoMoved: boolean
  readonly dns: Rest | JsonObject | undefined
  readonly tls: Rest | JsonObject | undefined
  readonly http: Rest | undefined
  readonly alert: Rest | undefined
  readonly flow: Rest | undefined
  readonly file: JsonObject | undefined
  readonly ether: JsonObject | undefined
}

/** The record without what moved: `suricata.eve`. */
export function restOf(line: string, json: JsonObject, sections: Sections): Record<string, unknown> {
  const rest: Record<string, unknown> = {}
  for (const key in json) {
    const value = json[key]!
    switch (key) {
      case 'timestamp':
        if (!isCanonical(sections.stamp)) rest[key] = value
        break
      case 'src_ip':
      case 'dest_ip':
        if (text(value) === undefined) rest[key] = value
        break
      case 'src_port':
      case 'dest_port':
        if (typeof value !== 'number' || portOf(value) === undefined) rest[key] = value
        break
      case 'proto':
        if (typeof value !== 'string' || value === '' || value !== value.toUpperCase()) rest[key] = value
        break
      case 'app_proto':
        if (!sections.appProtoMoved) rest[key] = value
        break
      case 'flow_id':
        rest[key] = flowId(line, value)
        break
      case 'dns':
        rest[key] = sections.dns ?? value
        break
      case 'tls':
        rest[key] = sections.tls ?? value
        break
      case 'http':
        rest[key] = sections.http ?? value
        break
      case 'alert':
        rest[key] = sections.alert ?? value
        break
      case 'flow':
        rest[key] = sections.flow ?? value
        break
      case 'fileinfo':
        rest[key] = sections.file === undefined ? value : fileRest(sections.file)
        break
      case 'ether':
        rest[key] = sections.ether === undefined ? value : etherRest(sections.ether)
        break
      default:
        keep(rest as Rest, key, value)
    }
  }
  return rest
}

/** `2018-10-03T14:42:44.836744+0000`: what `@timestamp`, microseconds and the zone make again. */
export function isCanonical(stamp: string): boolean {
  const sign = stamp.charCodeAt(26)
  return (
    stamp.length === 31 &&
    (sign === 43 || sign === 45) &&
    stamp.charCodeAt(10) === 84 &&
    stamp.charCodeAt(19) === 46 &&
    stamp.charCodeAt(17) !== 54
  )
}

/** As a string; digits that a double cannot hold are taken from the line itself. */
function flowId(line: string, value: JsonValue): JsonValue {
  if (typeof value !== 'number') return value
  if (Number.isSafeInteger(value)) return String(value)
  const at = line.indexOf('"flow_id":')
  let end = at + 10
  while (end < line.length && end < at + 40 && line.charCodeAt(end) >= 48 && line.charCodeAt(end) <= 57) end++
  return at >= 0 && end > at + 10 ? line.slice(at + 10, end) : value
}

function fileRest(fileinfo: JsonObject): Rest {
  const rest: Rest = {}
  for (const key in fileinfo) {
    const value = fileinfo[key]
    if (key === 'filename' ? text(value) !== undefined : key === 'size' && countOf(value) !== undefined) continue
    keep(rest, key, value)
  }
  return rest
}

function etherRest(ether: JsonObject): Rest {
  const rest: Rest = {}
  for (const key in ether) {
    const value = ether[key]
    if ((key === 'src_mac' || key === 'dest_mac') && isPlainMac(value)) continue
    keep(rest, key, value)
  }
  return rest
}

/** As Suricata writes it (`00:1a:e9:9d:53:b7`), so that ECS's notation leads back to it. */
function isPlainMac(value: JsonValue | undefined): boolean {
  if (typeof value !== 'string' || value.length !== 17) return false
  return ecsMac(value)?.replaceAll('-', ':').toLowerCase() === value
}
