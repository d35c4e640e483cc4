/**
 * Amazon CloudFront's logs: standard logs (fields between tabs below a `#Fields:` line, or JSON) and real-time logs (fields between
 * tabs, no header; read if all fields are configured). First stage of the pipeline: line or record → ECS event.
 *   file   = "#Version: 1.0" "#Fields: " name *( SP name ) *( value *( TAB value ) )
 * Blanks and other special characters in values are percent-encoded; `-` is a field without a value.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
 */

import { textOf } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, RecordParser, Sample } from '../../core/parser.ts'
import { put } from '../cloudtrail/leaves.ts'
import { description } from './description.ts'
import { keyOf, type Layout, layoutOfHeader, realTimeLayout, slotCount, slotOf, standardLayout } from './fields.ts'
import { requestEvent } from './request-event.ts'

/** URL, referrer, agent, query and cookies of some 8 KiB each, percent-encoded. */
const lineMax = 131_072
const fieldsMin = 24
const moreMax = 256

/** The values of the line at hand, by slot. One for all: parsing is synchronous, and nothing keeps it. */
const values: (string | undefined)[] = new Array(slotCount).fill(undefined)

function parseLine(line: string, header: Layout | undefined): Parsed {
  if (line.length > lineMax) return { ok: false, reason: `a line of ${line.length} characters` }
  let count = 1
  for (let at = line.indexOf('\t'); at >= 0; at = line.indexOf('\t', at + 1)) count++
  const layout = header ?? (isDate(line) ? standardLayout : realTimeLayout)
  if (header === undefined && count < fieldsMin)
    return { ok: false, reason: `${count} fields and no #Fields line: a log line has ${fieldsMin} and more` }
  if (header !== undefined && count < header.slots.length)
    return { ok: false, reason: `${count} fields where the #Fields line names ${header.slots.length}` }

  values.fill(undefined)
  let more: Record<string, unknown> | undefined
  let start = 0
  for (let i = 0; i < Math.min(count, moreMax); i++) {
    const tab = line.indexOf('\t', start)
    const value = tab < 0 ? line.slice(start) : line.slice(start, tab)
    start = tab + 1
    if (value === '-' || value === '') continue
    const slot = layout.slots[i] ?? -1
    if (slot >= 0) values[slot] = value
    else put((more ??= {}), layout.names[i] ?? `field_${i + 1}`, value)
  }
  return requestEvent(values, more)
}

/** `2019-12-04⇥` */
function isDate(line: string): boolean {
  return line.charCodeAt(4) === 45 && line.charCodeAt(7) === 45 && line.charCodeAt(10) === 9
}

function parseJson(_line: string, json: JsonObject): Parsed {
  values.fill(undefined)
  let more: Record<string, unknown> | undefined
  let count = 0
  for (const key in json) {
    if (count++ === moreMax) break
    const value = textOf(json[key])
    if (value === undefined || value === '-') continue
    const slot = slotOf(key)
    if (slot >= 0) values[slot] = value
    else put((more ??= {}), keyOf(key) || 'field', value)
  }
  return requestEvent(values, more)
}

function isHeader(line: string): boolean {
  return line.startsWith('#Fields:') || line.startsWith('#Version:')
}

function open(header: readonly string[] | undefined): RecordParser {
  const line = header?.findLast(candidate => candidate.startsWith('#Fields:'))
  const layout = line === undefined ? undefined : layoutOfHeader(line)
  return text => parseLine(text, layout)
}

function recognise(sample: Sample): number {
  let header: Layout | undefined
  let lines = 0
  let good = 0
  for (const line of sample.lines.slice(0, 20)) {
    if (line.startsWith('#Fields:')) {
      if (!line.includes(' x-edge-location')) return 0
      header = layoutOfHeader(line)
    }
    if (line.charCodeAt(0) === 35) continue
    lines++
    if (!parseLine(line, header).ok) continue
    if (header !== undefined || isEdge(line)) good++
  }
  if (lines === 0) return header === undefined ? 0 : 0.95
  return good >= lines * 0.8 ? 0.95 : 0
}

/** Without a header, the edge (`FRA56-P4`), address and status must be in their places: the line has just been parsed. */
function isEdge(_line: string): boolean {
  const edge = values[slotOf('x-edge-location')]
  return (
    edge !== undefined &&
    /^[A-Z]{3}\d/.test(edge) &&
    values[slotOf('c-ip')] !== undefined &&
    values[slotOf('sc-status')] !== undefined
  )
}

function recogniseJson(sample: Sample): number {
  let objects = 0
  let own = 0
  for (const json of sample.json) {
    if (json === undefined) continue
    objects++
    if (
      json['x-edge-request-id'] !== undefined &&
      (json['x-edge-location'] !== undefined || json['x-edge-result-type'] !== undefined)
    )
      own++
  }
  return objects > 0 && own >= objects * 0.8 ? 0.95 : 0
}

export const awsCloudfront: Parser = {
  name: 'aws-cloudfront',
  title: 'Amazon CloudFront standard and real-time logs',
  input: 'text',
  framing: 'lines',
  recognise,
  isHeader,
  startsHeader: line => line.startsWith('#Version:'),
  open: context => open(context.header),
  description
}

export const awsCloudfrontJson: Parser = {
  name: 'aws-cloudfront-json',
  title: 'Amazon CloudFront standard logs (JSON)',
  input: 'json',
  framing: 'json',
  recognise: recogniseJson,
  open: () => parseJson,
  description
}
