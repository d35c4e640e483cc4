/**
 * Access logs of AWS's load balancers, line by line: classic, application and network (TLS), and the application ones' connection
 * logs. First stage of the pipeline: line → ECS event, as Elastic's aws/elb_logs maps it. Fields stand between single spaces:
 *   classic      time elb client:port backend:port 3×seconds status backend-status received sent "request" ["agent" cipher protocol]
 *   application  type time … as classic … protocol target-group "trace" "domain" "certificate" priority created "actions" "redirect"
 *                "error" ["targets" "target-statuses" ["classification" "reason" [connection-trace "host" "uri" "transform-status"]]]
 *   network      "tls" version time elb listener client:port destination:port 2×milliseconds received sent alert certificate serial
 *                cipher protocol group domain [alpn-front alpn-back alpn-list [created]]
 *   connection   time client-ip client-port listener-port protocol cipher seconds "subject" validity serial verify-status connection-trace
 * `-` (for times and priorities -1) is a field without a value; AWS adds fields at the end.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html and its kin
 */

import type { Parsed, Parser, Sample } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import { splitFields } from '../aws/fields.ts'
import { ipOf } from '../aws/values.ts'
import { connectionEvent } from './connection-log.ts'
import { description } from './description.ts'
import { requestEvent } from './request-log.ts'
import { tlsEvent } from './tls-log.ts'

/** The agent and the URL are cut at 8 KiB each by AWS. */
const lineMax = 65_536
const fieldsMax = 64

/** The fields of the line at hand. One for all: parsing is synchronous, and nothing keeps it. */
const fields: string[] = new Array(fieldsMax).fill('')

/** The first field of application load balancers' lines. */
const types = new Set(['http', 'https', 'h2', 'grpcs', 'ws', 'wss'])

function parseLine(line: string): Parsed {
  if (line.length > lineMax) return { ok: false, reason: `a line of ${line.length} characters` }
  const count = splitFields(line, fields, fieldsMax)
  if (count < 0) return { ok: false, reason: `more than ${fieldsMax} fields` }
  const first = fields[0]!
  if (types.has(first)) return count < 17 ? few(count, 17) : requestEvent(fields, 1, count)
  if (first === 'tls') return count < 18 ? few(count, 18) : tlsEvent(fields, count)
  if (count < 12) return few(count, 12)
  const timeUs = parseIso(first)
  if (timeUs === undefined) return { ok: false, reason: 'begins neither with a type of load balancer nor with a time' }
  if (ipOf(fields[1]) !== undefined && !fields[2]!.includes(':')) return connectionEvent(fields, count, timeUs)
  return requestEvent(fields, 0, count)
}

function few(count: number, min: number): Parsed {
  return { ok: false, reason: `${count} fields: a log line of this kind has ${min} and more` }
}

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  let good = 0
  for (const line of lines) if (parseLine(line).ok) good++
  return good > 0 && good >= lines.length * 0.8 ? 0.93 : 0
}

export const awsElb: Parser = {
  name: 'aws-elb',
  title: 'AWS load balancer logs (classic, application, network)',
  input: 'text',
  framing: 'lines',
  recognise,
  surest: 0.93,
  open: () => parseLine,
  description
}
