/**
 * AWS VPC flow logs (and transit gateways'), as text: files from S3 (which start with a header line), CloudWatch exports and tails
 * (a time stamp before each line), lines wrapped as `{"message":"…"}`, and bare lines. First stage of the pipeline: line → ECS event.
 */

import { object, text as textField } from '../../core/ecs-values.ts'
import type { JsonObject, ParseContext, Parsed, Parser, RecordParser, Sample } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { description } from './description.ts'
import { guessLayout, headerNames, type Layout, layoutOfHeader, valuesMax } from './fields.ts'
import { flowEvent, type Wrapping } from './flow-event.ts'

const lineMax = 16_384

/** The values of the line at hand. One for all parsers: parsing is synchronous, and nothing keeps it. */
const values: string[] = new Array(valuesMax).fill('')

/** Cuts a line at its spaces into `values`; how many there are, or -1 for more than fit. */
function split(line: string): number {
  let end = line.length
  while (end > 0 && line.charCodeAt(end - 1) <= 32) end--
  let count = 0
  let at = line.charCodeAt(0) === 0xfeff ? 1 : 0
  while (at < end) {
    let space = line.indexOf(' ', at)
    if (space < 0 || space > end) space = end
    if (space > at) {
      if (count === valuesMax) return -1
      values[count++] = line.slice(at, space)
    }
    at = space + 1
  }
  return count
}

function parseLine(line: string, header: Layout | undefined, outer: Wrapping | undefined): Parsed {
  if (line.length > lineMax) return { ok: false, reason: `a flow log line of ${line.length} characters` }
  let count = split(line)
  if (count < 0) return { ok: false, reason: `more than ${valuesMax} fields` }
  let from = 0
  let wrapping = outer
  // CloudWatch exports put the event's time before the line; `aws logs tail` its log stream as well.
  const first = values[0]!
  if (count > 1 && first.charCodeAt(4) === 45 && first.charCodeAt(10) === 84) {
    const timeUs = parseIso(first)
    if (timeUs !== undefined) {
      from = 1
      count--
      const fields: Record<string, unknown> = { ...outer?.fields, timestamp: isoMs(timeUs) }
      if (header === undefined ? isLogStream(values[1]!) : count === header.count + 1) {
        fields['log_stream'] = values[1]
        from = 2
        count--
      }
      wrapping = { timeUs, fields }
    }
  }
  if (header !== undefined) {
    if (count !== header.count) {
      return { ok: false, reason: `${count} fields where the header line names ${header.count}` }
    }
    return flowEvent(values, from, header, wrapping)
  }
  const layout = guessLayout(values, from, count)
  if (layout === undefined) {
    return { ok: false, reason: `${count} fields and no header line: no documented format has this many in this order` }
  }
  return flowEvent(values, from, layout, wrapping)
}

/** CloudWatch's name for an interface's stream: `eni-0123-all`, `-accept`, `-reject`. */
function isLogStream(word: string): boolean {
  return word.startsWith('eni-') && (word.endsWith('-all') || word.endsWith('-accept') || word.endsWith('-reject'))
}

/** `{"message":"2 1234… OK", …}`: what else is in it is kept under `aws.cloudwatch`. */
function parseWrapped(line: string, header: Layout | undefined): Parsed {
  if (line.length > lineMax * 4) return { ok: false, reason: `a wrapped flow log line of ${line.length} characters` }
  let json: JsonObject | undefined
  try {
    json = object(JSON.parse(line))
  } catch {
    return { ok: false, reason: 'neither a flow log line nor JSON around one' }
  }
  const message = textField(json?.['message'])
  if (json === undefined || message === undefined)
    return { ok: false, reason: 'JSON without a flow log line in `message`' }
  const fields: Record<string, unknown> = {}
  let timeUs: number | undefined
  for (const key of Object.keys(json).slice(0, valuesMax)) {
    const value = json[key]
    if (key === 'message' || key === '__proto__' || value === null || value === '') continue
    if (key === 'timestamp' && typeof value === 'number' && value > 0 && value < 253_402_300_799_000) {
      timeUs = value * 1000
      fields[key] = isoMs(timeUs)
    } else fields[key] = typeof value === 'object' ? jsonText(value) : value
  }
  return parseLine(message, header, { timeUs, fields })
}

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    // Nested deeper than the stack.
    return undefined
  }
}

function open(context: ParseContext): RecordParser {
  const headers = context.header
  const line = headers === undefined ? undefined : headers[headers.length - 1]
  const header = line === undefined ? undefined : layoutOfHeader(line)
  return text => (text.charCodeAt(0) === 123 ? parseWrapped(text, header) : parseLine(text, header, undefined))
}

function recognise(sample: Sample): number {
  let header: Layout | undefined
  let headerHits = 0
  let lines = 0
  let good = 0
  let weak = 0
  for (const line of sample.lines.slice(0, 20)) {
    const names = headerNames(line)
    if (names !== undefined) {
      header = layoutOfHeader(line)
      headerHits = names.filter(name => telling.has(name)).length
      continue
    }
    lines++
    const parsed = line.charCodeAt(0) === 123 ? parseWrapped(line, header) : parseLine(line, header, undefined)
    if (!parsed.ok) continue
    const sure = header !== undefined ? headerHits > 0 : isTelling(parsed.event)
    if (sure) good++
    else weak++
  }
  if (lines === 0) return headerHits >= 2 ? 0.9 : 0
  if (good + weak < lines * 0.8) return 0
  return good >= weak ? 0.95 : 0.6
}

/** Names that no other format's header has. */
const telling = new Set([
  'interface-id',
  'srcaddr',
  'dstaddr',
  'log-status',
  'pkt-srcaddr',
  'pkt-dstaddr',
  'tgw-id',
  'vpc-id'
])

/** Without a header: version 2 to 20, an account, an interface or transit gateway, and a status or action. */
function isTelling(event: object): boolean {
  const flow = (event as { aws: { vpcflow: Record<string, string | undefined> } }).aws.vpcflow
  const version = Number(flow['version'])
  return (
    version >= 2 &&
    version <= 20 &&
    flow['account_id'] !== undefined &&
    (flow['interface_id'] !== undefined || flow['resource_type'] !== undefined) &&
    (flow['log_status'] !== undefined || flow['action'] !== undefined)
  )
}

export const vpcFlow: Parser = {
  name: 'vpc-flow',
  title: 'AWS VPC and transit gateway flow logs (text, any fields with a header line)',
  input: 'text',
  framing: 'lines',
  recognise,
  isHeader: line => headerNames(line) !== undefined,
  open,
  description
}
