/**
 * Amazon S3's server access logs, line by line. First stage of the pipeline: line → ECS event, as Elastic's aws/s3access maps it.
 *   owner bucket "[" time "]" remote-ip requester request-id operation key quoted-request-uri status error-code bytes-sent object-size
 *   total-time turn-around-time quoted-referer quoted-user-agent version-id host-id signature-version cipher-suite
 *   authentication-type host-header [tls-version [access-point-arn [acl-required [source-region]]]]
 * `-` is a field without a value; AWS may add fields at the end. https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */

import type { Parsed, Parser, Sample } from '../../core/parser.ts'
import { isoMs, parseClf } from '../../core/time.ts'
import { countIn, present, splitFields } from '../aws/fields.ts'
import { ipOf, tlsVersion } from '../aws/values.ts'
import { urlParts } from '../shared/url.ts'
import { userAgent } from '../shared/user-agent.ts'
import { description } from './description.ts'

/** A key is at most 1,024 bytes, thrice that when encoded and again when encoded twice; headers at most 8 KiB. */
const lineMax = 65_536
const fieldsMax = 40
const fieldsMin = 18
const namedFields = 27
const userAgentAt = 16

/** The fields of the line at hand. One for all: parsing is synchronous, and nothing keeps it. */
const fields: string[] = new Array(fieldsMax).fill('')

function parseLine(line: string): Parsed {
  if (line.length > lineMax) return { ok: false, reason: `a line of ${line.length} characters` }
  if (!beginsWithOwner(line))
    return { ok: false, reason: 'does not begin with the canonical user id of a bucket owner' }
  const count = splitFields(line, fields, fieldsMax, userAgentAt)
  if (count < 0) return { ok: false, reason: `more than ${fieldsMax} fields` }
  if (count < fieldsMin) return { ok: false, reason: `${count} fields: a log line has ${fieldsMin} and more` }
  for (let i = count; i < namedFields; i++) fields[i] = '-'
  const timeUs = parseClf(fields[2]!, 0, true)
  if (timeUs === undefined) return { ok: false, reason: `no time: "${fields[2]!.slice(0, 40)}"` }
  const status = countIn(fields[9])
  const bytesSent = countIn(fields[11])
  const objectSize = countIn(fields[12])
  const totalTime = countIn(fields[13])
  const turnAroundTime = countIn(fields[14])
  if (status === -1 || bytesSent === -1 || objectSize === -1 || totalTime === -1 || turnAroundTime === -1)
    return { ok: false, reason: 'status, sizes or times are no numbers' }

  const owner = present(fields[0])
  const bucket = present(fields[1])
  const remoteAddress = present(fields[3])
  const remoteIp = ipOf(remoteAddress)
  const requester = present(fields[4])
  const requestId = present(fields[5])
  const operation = present(fields[6])
  const key = present(fields[7])
  const requestUri = present(fields[8])
  const errorCode = present(fields[10])
  const referrer = present(fields[15])
  const agent = present(fields[userAgentAt])
  const cipher = present(fields[20])
  const host = present(fields[22])
  const tls = present(fields[23])
  const version = tlsVersion(tls)
  const firstBlank = requestUri === undefined ? -1 : requestUri.indexOf(' ')
  const lastBlank = requestUri === undefined ? -1 : requestUri.lastIndexOf(' ')
  const hasTarget = lastBlank > firstBlank

  return {
    ok: true,
    timeUs,
    kind: 'access',
    event: {
      '@timestamp': isoMs(timeUs),
      event: {
        module: 'aws',
        dataset: 'aws.s3access',
        kind: 'event',
        category: ['web'],
        type: ['access'],
        id: requestId,
        action: operation,
        code: errorCode,
        outcome: errorCode === undefined ? 'success' : 'failure',
        duration: totalTime === undefined ? undefined : totalTime * 1_000_000
      },
      client:
        remoteAddress === undefined && requester === undefined
          ? undefined
          : {
              address: remoteAddress,
              ip: remoteIp,
              user: requester === undefined ? undefined : { id: requester }
            },
      http: {
        request:
          hasTarget || referrer !== undefined
            ? { method: hasTarget ? requestUri!.slice(0, firstBlank) : undefined, referrer }
            : undefined,
        response: {
          status_code: status,
          body: bytesSent === undefined ? undefined : { bytes: bytesSent }
        },
        version:
          hasTarget && requestUri!.startsWith('HTTP/', lastBlank + 1) ? requestUri!.slice(lastBlank + 6) : undefined
      },
      url: hasTarget ? urlParts(requestUri!.slice(firstBlank + 1, lastBlank)) : undefined,
      user_agent: agent === undefined ? undefined : userAgent(agent),
      tls:
        cipher === undefined && version === undefined
          ? undefined
          : { cipher, version: version?.version, version_protocol: version?.name },
      related: {
        ip: remoteIp === undefined ? undefined : [remoteIp],
        user: owner === undefined ? undefined : [owner]
      },
      cloud: { provider: 'aws', region: host === undefined ? undefined : regionOfHost(host) },
      aws: {
        s3access: {
          bucket_owner: owner,
          bucket,
          remote_ip: remoteAddress,
          requester,
          request_id: requestId,
          operation,
          key,
          request_uri: requestUri,
          http_status: status,
          error_code: errorCode,
          bytes_sent: bytesSent,
          object_size: objectSize,
          total_time: totalTime,
          turn_around_time: turnAroundTime,
          referrer,
          user_agent: agent,
          version_id: present(fields[17]),
          host_id: present(fields[18]),
          signature_version: present(fields[19]),
          cipher_suite: cipher,
          authentication_type: present(fields[21]),
          host_header: host,
          tls_version: tls,
          access_point_arn: present(fields[24]),
          aclrequired: present(fields[25]),
          source_region: present(fields[26]),
          further_fields: count > namedFields ? fields.slice(namedFields, count) : undefined
        }
      }
    }
  }
}

/** A canonical user id: 64 hexadecimal digits. */
function beginsWithOwner(line: string): boolean {
  for (let at = 0; at < 64; at++) {
    const c = line.charCodeAt(at)
    if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false
  }
  return line.charCodeAt(64) === 32
}

/** `eu-central-1` of `bucket.s3.eu-central-1.amazonaws.com`; endpoints of all regions and names of people's own have none. */
function regionOfHost(host: string): string | undefined {
  const end = host.indexOf('.amazonaws.com')
  if (end < 0) return undefined
  const dot = host.lastIndexOf('.', end - 1)
  const service = host.lastIndexOf('s3.', end)
  return dot > 0 && service >= 0 && service < dot ? host.slice(dot + 1, end) : undefined
}

function recognise(sample: Sample): number {
  const lines = sample.lines.slice(0, 20)
  let good = 0
  for (const line of lines) if (parseLine(line).ok) good++
  return good > 0 && good >= lines.length * 0.8 ? 0.95 : 0
}

export const awsS3Access: Parser = {
  name: 'aws-s3-access',
  title: 'Amazon S3 server access logs',
  input: 'text',
  framing: 'lines',
  recognise,
  open: () => parseLine,
  description
}
