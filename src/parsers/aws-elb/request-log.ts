/** One line of a classic or application load balancer's access log to an ECS event. Called by `aws-elb.ts`. */

import type { Parsed } from '../../core/parser.ts'
import { isoMs, parseIso } from '../../core/time.ts'
import { countIn, present } from '../aws/fields.ts'
import { arnOf, portOf } from '../aws/values.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { further, placeOf, timeOf, tlsOf, wordsOf } from './places.ts'

/** Fields of an application load balancer's line, the type included, that have names here. */
const namedFields = 33

/** `at` is where the time stands: 0 in classic lines, 1 where the type comes first. */
export function requestEvent(fields: string[], at: number, count: number): Parsed {
  for (let i = count; i < namedFields; i++) fields[i] = '-'
  const timeUs = parseIso(fields[at]!)
  if (timeUs === undefined) return { ok: false, reason: `no time: "${fields[at]!.slice(0, 40)}"` }
  const client = placeOf(fields[at + 2])
  if (client === undefined) return { ok: false, reason: `no client address: "${fields[at + 2]!.slice(0, 60)}"` }
  const backend = placeOf(fields[at + 3])
  const status = countIn(fields[at + 7])
  const backendStatus = countIn(fields[at + 8])
  const received = countIn(fields[at + 9])
  const sent = countIn(fields[at + 10])
  if (status === -1 || backendStatus === -1 || received === -1 || sent === -1)
    return { ok: false, reason: 'status codes or sizes are no numbers' }

  const request = fields[at + 11]!
  const firstBlank = request.indexOf(' ')
  const lastBlank = request.trimEnd().lastIndexOf(' ')
  const method = present(request.slice(0, Math.max(firstBlank, 0)))
  const url = firstBlank > 0 && lastBlank > firstBlank ? present(request.slice(firstBlank + 1, lastBlank)) : undefined
  const agent = present(fields[at + 12])
  const cipher = present(fields[at + 13])
  const protocol = present(fields[at + 14])
  const isHttp = status !== undefined
  const v2 = at === 1
  const targetGroup = v2 ? present(fields[16]) : undefined
  const certificate = v2 ? present(fields[19]) : undefined
  const arn = arnOf(targetGroup) ?? arnOf(certificate)
  const trace = v2 ? present(fields[17]) : undefined
  const priority = v2 ? fields[20]! : '-'

  return {
    ok: true,
    timeUs,
    kind: isHttp ? 'http' : 'tcp',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.elb_logs',
        kind: 'event',
        category: isHttp ? ['web'] : ['network'],
        outcome: status === undefined ? undefined : status < 400 ? 'success' : 'failure',
        start: v2 ? present(fields[21]) : undefined,
        end: isoMs(timeUs)
      },
      source: {
        address: client.ip,
        ip: client.ip,
        port: portOf(client.port),
        bytes: isHttp ? undefined : received
      },
      destination: { domain: v2 ? present(fields[18]) : undefined, bytes: isHttp ? undefined : sent },
      http: isHttp
        ? {
            request: { method, body: { bytes: received } },
            response: { status_code: status, body: { bytes: sent } },
            version: request.startsWith('HTTP/', lastBlank + 1) ? request.slice(lastBlank + 6).trimEnd() : undefined
          }
        : undefined,
      url: url === undefined ? undefined : urlParts(url),
      user_agent: agent === undefined ? undefined : userAgent(agent),
      tls: tlsOf(cipher, protocol),
      trace: trace === undefined ? undefined : { id: trace },
      related: { ip: backend?.ip === undefined ? [client.ip] : [client.ip, backend.ip] },
      cloud: {
        provider: 'aws',
        region: arn?.region,
        account: arn?.account === undefined ? undefined : { id: arn.account }
      },
      aws: {
        elb: {
          type: v2 ? fields[0] : undefined,
          protocol: isHttp ? 'http' : 'tcp',
          name: fields[at + 1],
          backend: {
            ip: backend?.ip,
            port: backend?.port,
            http: backendStatus === undefined ? undefined : { response: { status_code: backendStatus } }
          },
          request_processing_time: timeOf(fields[at + 4]),
          backend_processing_time: timeOf(fields[at + 5]),
          response_processing_time: timeOf(fields[at + 6]),
          ssl_cipher: cipher,
          ssl_protocol: protocol,
          target_group: targetGroup === undefined ? undefined : { arn: targetGroup },
          trace_id: trace,
          chosen_cert: certificate === undefined ? undefined : { arn: certificate },
          matched_rule_priority: priority === '-1' ? undefined : present(priority),
          action_executed: v2 ? wordsOf(fields[22], ',') : undefined,
          redirect_url: v2 ? present(fields[23]) : undefined,
          error: v2 ? { reason: present(fields[24]) } : undefined,
          target_port: v2 ? wordsOf(fields[25], ' ') : undefined,
          target_status_code: v2 ? wordsOf(fields[26], ' ') : undefined,
          classification: v2 ? present(fields[27]) : undefined,
          classification_reason: v2 ? present(fields[28]) : undefined,
          conn_trace_id: v2 ? present(fields[29]) : undefined,
          transformed_host: v2 ? present(fields[30]) : undefined,
          transformed_uri: v2 ? present(fields[31]) : undefined,
          request_transform_status: v2 ? present(fields[32]) : undefined,
          further_fields: further(fields, v2 ? namedFields : 15, count)
        }
      }
    }
  }
}
