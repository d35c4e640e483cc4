/** A gatekeeper's door for sources of type `http`: `POST /api/ingest/NAME`, as the main Picket has it, answered when durable here. */

import { Readable } from 'node:stream'
import { messageOf } from '../core/errors.ts'
import type { SourceConfig } from '../platform/config-schema.ts'
import { importFile } from '../sources/files/import-files.ts'
import { type HttpAnswer, type HttpListener, type HttpOptions, listenHttp } from '../sources/listen/http.ts'
import { originOf } from '../sources/listen/origin.ts'
import { secretOf } from '../sources/listen/secret.ts'
import type { ListenContext } from '../sources/listen/source.ts'
import type { Spool } from './gate-spool.ts'

export type IngestOptions = Pick<HttpOptions, 'host' | 'port' | 'tls' | 'log'> & {
  readonly spool: Spool
  readonly sources: () => readonly SourceConfig[]
  readonly requestBytesMax: () => number
  readonly recordBytesMax: () => number
  readonly isIngestToken: ListenContext['isIngestToken']
  readonly nowMs: () => number
}

const connectionsMax = 256

export function listenIngest(options: IngestOptions): Promise<HttpListener> {
  const { spool, nowMs } = options
  return listenHttp({
    host: options.host,
    port: options.port,
    tls: options.tls,
    log: options.log,
    connectionsMax: () => connectionsMax,
    bodyBytesMax: options.requestBytesMax,
    isAllowed: () => true,
    admit(headers) {
      const secret = secretOf(headers.authorization)
      if (secret === undefined) return told(401, 'unauthorized', 'Send an API token: Authorization: Bearer …')
      if (!options.isIngestToken(secret)) return told(403, 'forbidden', 'This token may not send records here.')
      return spool.full ? told(429, 'spool-full', 'The spool is full: send it again later.') : undefined
    },
    async answer({ method, path, headers, body }) {
      const name = /^\/api\/ingest\/([A-Za-z0-9._-]{1,64})$/.exec(path)?.[1]
      if (name === undefined || method !== 'POST') return told(404, 'not-found', 'Only POST /api/ingest/NAME is here.')
      const source = options
        .sources()
        .filter(each => each.type === 'http')
        .find(each => each.name === name)
      if (source === undefined)
        return told(404, 'unknown-source', `There is no HTTP source named ${name}: add it to picket.yaml.`)
      try {
        const accepted = await importFile(
          { path: '-', raw: Buffer.from('-'), sizeBytes: body.length, mtimeMs: undefined },
          {
            append: chunks => spool.append(chunks),
            run: '',
            nowMs,
            recordBytesMax: options.recordBytesMax(),
            source: source.name,
            origin: originOf(source.name, headers['idempotency-key'], body, false),
            stdin: Readable.from([body]) as AsyncIterable<Buffer>,
            ...(source.format === undefined ? {} : { format: source.format }),
            ...(source.timezone === undefined ? {} : { timezoneMinutes: source.timezone })
          }
        )
        return json(200, { accepted })
      } catch (error) {
        return told(503, 'not-durable', `The records could not be made durable: ${messageOf(error)}`)
      }
    }
  })
}

function told(status: number, code: string, message: string): HttpAnswer {
  const answer = json(status, { error: { code, message } })
  return status === 429 || status === 503 ? { ...answer, headers: { ...answer.headers, 'retry-after': '2' } } : answer
}

function json(status: number, value: object): HttpAnswer {
  return { status, text: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}
