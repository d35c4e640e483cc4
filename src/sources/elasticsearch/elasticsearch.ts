/**
 * Takes documents as Elasticsearch takes them: `_bulk` and `_doc`, with an API token as password, API key or bearer. Answered when they
 * are durable; 429 while too much waits for the disk, so that shippers send it again.
 */

import { randomBytes } from 'node:crypto'
import type { SourceConfig } from '../../platform/config-schema.ts'
import { allowedSenders } from '../listen/allowed.ts'
import { type HttpAnswer, listenHttp } from '../listen/http.ts'
import { Outlet } from '../listen/outlet.ts'
import { secretOf } from '../listen/secret.ts'
import { type ListenContext, type Listening, listeningOn } from '../listen/source.ts'
import { answerFor, failure, json } from './answers.ts'
import { type BulkItem, readBulk } from './bulk.ts'

export type ElasticsearchConfig = Extract<SourceConfig, { type: 'elasticsearch' }>

const bulkPath = /^\/(?:([^/_][^/]*)\/)?(?:_doc\/)?_bulk$/
const documentPath = /^\/([^/_][^/]*)\/(?:_doc|_create)(?:\/([^/]+))?$/

export async function listenElasticsearch(
  first: ElasticsearchConfig,
  context: ListenContext
): Promise<Listening<ElasticsearchConfig>> {
  let config = first
  let isAllowed = allowedSenders(config.allow)
  const outlet = new Outlet(context, settingsOf(config))

  /** Into the intake, as records in their order. Resolves when they are durable. */
  const take = async (body: Buffer, items: readonly BulkItem[], address: string): Promise<void> => {
    const stream = outlet.stream(address)
    for (const { action, start, end } of items) {
      if (action === 'index' || action === 'create') stream.take(body, start, end)
    }
    await stream.durable()
  }

  const answer = async (method: string, path: string, body: Buffer, address: string): Promise<HttpAnswer> => {
    const bulk = bulkPath.exec(path)
    const single = documentPath.exec(path)
    const posting = method === 'POST' || method === 'PUT'
    if (posting && (bulk !== null || single !== null)) {
      if (outlet.full)
        return failure(429, 'es_rejected_execution_exception', 'too much is waiting for the disk: send it again later')
      const startedMs = performance.now()
      if (single !== null) {
        if (!isObject(body)) return failure(400, 'document_parsing_exception', 'the document is no JSON object')
        const item: BulkItem = {
          action: 'index',
          index: decoded(single[1]!),
          id: single[2] === undefined ? undefined : decoded(single[2]),
          start: 0,
          end: body.length
        }
        await take(body, [item], address)
        return json(201, resultOf(item))
      }
      const items = readBulk(body, bulk?.[1] === undefined ? undefined : decoded(bulk[1]))
      if (typeof items === 'string') return failure(400, 'illegal_argument_exception', items)
      if (items.length === 0) return failure(400, 'parse_exception', 'request body is required')
      await take(body, items, address)
      const refused = items.some(({ action }) => action === 'update' || action === 'delete')
      // `errors` before `items`: some shippers look no further than the beginning.
      return json(200, {
        took: Math.round(performance.now() - startedMs),
        errors: refused,
        items: items.map(item => ({ [item.action]: resultOf(item) }))
      })
    }
    return (
      answerFor(method, path) ??
      failure(
        404,
        'invalid_index_name_exception',
        `${method} ${path.slice(0, 200)} is not answered here: Picket takes documents only`
      )
    )
  }

  const http = await listenHttp({
    host: config.host,
    port: config.port,
    tls: config.tls,
    log: context.log,
    connectionsMax: () => config.connectionsMax,
    bodyBytesMax: () => config.requestBytesMax,
    isAllowed: address => isAllowed?.(address) !== false,
    headers: { 'x-elastic-product': 'Elasticsearch' },
    admit: headers => {
      const secret = secretOf(headers.authorization)
      if (secret !== undefined && context.isIngestToken(secret)) return undefined
      const refusal = failure(
        401,
        'security_exception',
        'send an API token of scope ingest, as password, API key or bearer: picket token create NAME --scope ingest'
      )
      return { ...refusal, headers: { ...refusal.headers, 'www-authenticate': 'Basic realm="picket", ApiKey, Bearer' } }
    },
    answer: ({ method, path, body, address }) => answer(method, path, body, address)
  })

  return {
    ...listeningOn(http, outlet),
    use(next) {
      config = next
      isAllowed = allowedSenders(config.allow)
      outlet.settings = settingsOf(config)
    }
  }
}

function resultOf({ action, index, id }: BulkItem): object {
  const about = { _index: index, _id: id ?? randomBytes(10).toString('hex') }
  if (action === 'update' || action === 'delete')
    return {
      ...about,
      status: 400,
      error: { type: 'illegal_argument_exception', reason: `events do not change: ${action} is not done here` }
    }
  return {
    ...about,
    _version: 1,
    result: 'created',
    _shards: { total: 1, successful: 1, failed: 0 },
    _seq_no: 0,
    _primary_term: 1,
    status: 201
  }
}

function isObject(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function settingsOf({ name, format, timezone }: ElasticsearchConfig) {
  return { source: name, timezoneMinutes: timezone, formatOf: () => format ?? 'mixed' }
}
