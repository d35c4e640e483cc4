/**
 * Takes OpenTelemetry logs over HTTP (OTLP/HTTP: `POST /v1/logs`, JSON and protobuf), with an API token. Answered when the records are
 * durable; 503 with Retry-After while too much waits for the disk. A record is a log record with its resource and scope.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */

import type { SourceConfig } from '../../platform/config-schema.ts'
import { type HttpAnswer, type HttpRequest, httpOptionsOf, listenHttp } from '../listen/http.ts'
import { originOf } from '../listen/origin.ts'
import { Outlet } from '../listen/outlet.ts'
import { secretOf } from '../listen/secret.ts'
import { type ListenContext, type Listening, listeningOn } from '../listen/source.ts'
import { encodingOf, status, taken } from './answers.ts'
import { type LogsRequest, readLogs } from './request.ts'

export type OtlpConfig = Extract<SourceConfig, { type: 'otlp' }>

const logsPath = /^\/v1\/logs\/?$/
const otherPath = /^\/v1(?:development)?\/(traces|metrics|profiles)\/?$/
/** After so many bytes of records the disk is waited for. The place depends on the request only, so that a request that is sent again has the same ids. */
const partBytes = 4 << 20
/** Records may become so many times the request: each is written with its resource and scope. */
const growthMax = 64
const busy = { 'retry-after': '1' }

export async function listenOtlp(first: OtlpConfig, context: ListenContext): Promise<Listening<OtlpConfig>> {
  let config = first
  const outlet = new Outlet(context, settingsOf(config))

  const take = async (request: LogsRequest, address: string, origin: string, bytesMax: number) => {
    const stream = outlet.stream(address, origin)
    let rejected = 0
    let reason = ''
    let bytes = 0
    let part = 0
    for (const record of request.records()) {
      if (typeof record !== 'string' || bytes > bytesMax) {
        rejected++
        reason =
          typeof record === 'string' ? 'the records are too large with their resource: send fewer' : record.refused
        continue
      }
      const text = Buffer.from(record)
      stream.take(text, 0, text.length)
      bytes += text.length
      part += text.length
      if (part < partBytes) continue
      part = 0
      await stream.durable()
    }
    await stream.durable()
    return { rejected, reason }
  }

  const answer = async ({ method, path, headers, body, address }: HttpRequest): Promise<HttpAnswer> => {
    const encoding = encodingOf(headers['content-type'])
    const other = otherPath.exec(path)
    if (other !== null)
      return status(
        encoding ?? 'json',
        404,
        `Picket takes logs only, no ${other[1]}: switch that exporter off (OTEL_${other[1]!.toUpperCase()}_EXPORTER=none) or send it elsewhere`
      )
    if (!logsPath.test(path))
      return status(encoding ?? 'json', 404, `there is nothing at ${path.slice(0, 200)}: logs are posted to /v1/logs`)
    if (method !== 'POST') return status(encoding ?? 'json', 405, 'logs are posted: POST /v1/logs', { allow: 'POST' })
    if (encoding === undefined)
      return status('json', 415, 'content-type must be application/x-protobuf or application/json')
    if (outlet.full) return status(encoding, 503, 'too much is waiting for the disk: send it again later', busy)
    const request = readLogs(body, encoding)
    if (typeof request === 'string') return status(encoding, 400, request)
    const origin = originOf(config.name, headers['idempotency-key'], body, request.isTimed)
    const { rejected, reason } = await take(request, address, origin, growthMax * Math.max(body.length, 1 << 20))
    return taken(encoding, rejected, reason)
  }

  const http = await listenHttp({
    ...httpOptionsOf(() => config, context),
    refuse: (refusal, headers) =>
      status(
        encodingOf(headers['content-type']) ?? 'json',
        refusal.status,
        String(refusal.text).trim(),
        refusal.headers
      ),
    admit: headers => {
      const secret = secretOf(headers.authorization)
      if (secret !== undefined && context.isIngestToken(secret)) return undefined
      return status(
        encodingOf(headers['content-type']) ?? 'json',
        401,
        'send an API token of scope ingest, as Authorization: Bearer TOKEN: picket token create NAME --scope ingest',
        { 'www-authenticate': 'Bearer, ApiKey, Basic realm="picket"' }
      )
    },
    answer
  })

  return {
    ...listeningOn(http, outlet),
    use(next) {
      config = next
      outlet.settings = settingsOf(config)
    }
  }
}

function settingsOf({ name, timezone }: OtlpConfig) {
  return { source: name, timezoneMinutes: timezone, formatOf: () => 'otlp' }
}
