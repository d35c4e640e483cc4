/**
 * Takes documents as Elasticsearch takes them: `_bulk` and `_doc`, with an API token as password, API key or bearer. Answered when they
 * are durable; 429 while too much waits for the disk, so that shippers send it again.
 */

import type { SourceConfig } from '../../platform/config-schema.ts'
import { giveBack } from '../../platform/memory.ts'
import { type HttpAnswer, type HttpRequest, httpOptionsOf, listenHttp } from '../listen/http.ts'
import { Outlet } from '../listen/outlet.ts'
import { secretOf } from '../listen/secret.ts'
import { type ListenContext, type Listening, listeningOn } from '../listen/source.ts'
import { answerFor, failure } from './answers.ts'
import { type BulkItem, readBulk } from './bulk.ts'
import { takeDocuments } from './documents.ts'
import { RecentIds } from './recent-ids.ts'
import { bulkAnswer, documentAnswer, tooMuch } from './results.ts'

export type ElasticsearchConfig = Extract<SourceConfig, { type: 'elasticsearch' }>

const bulkPath = /^\/(?:([^/_][^/]*)\/)?(?:_doc\/)?_bulk$/
const documentPath = /^\/([^/_][^/]*)\/(_doc|_create)(?:\/([^/]+))?$/

export async function listenElasticsearch(
  first: ElasticsearchConfig,
  context: ListenContext
): Promise<Listening<ElasticsearchConfig>> {
  let config = first
  const outlet = new Outlet(context, settingsOf(config))
  const recent = new RecentIds()

  const answer = async ({ method, path, query, headers, body, address }: HttpRequest): Promise<HttpAnswer> => {
    const bulk = bulkPath.exec(path)
    const single = documentPath.exec(path)
    const posting = method === 'POST' || method === 'PUT'
    if (posting && (bulk !== null || single !== null)) {
      const isBusy = outlet.full
      if (isBusy && !retriesItems(headers)) return failure(429, 'es_rejected_execution_exception', tooMuch)
      const startedMs = performance.now()
      const request = { body, address, key: headers['idempotency-key'] }
      if (single !== null) {
        if (!isObject(body)) return failure(400, 'document_parsing_exception', 'the document is no JSON object')
        const item: BulkItem = {
          action: single[2] === '_create' || query.get('op_type') === 'create' ? 'create' : 'index',
          index: decoded(single[1]!),
          id: single[3] === undefined ? undefined : decoded(single[3]),
          start: 0,
          end: body.length
        }
        const [outcome] = await takeDocuments(outlet, recent, [item], request)
        return documentAnswer(item, outcome!)
      }
      const items = readBulk(body, bulk?.[1] === undefined ? undefined : decoded(bulk[1]))
      if (typeof items === 'string') return failure(400, 'illegal_argument_exception', items)
      if (items.length === 0) return failure(400, 'parse_exception', 'request body is required')
      const outcomes = isBusy ? items.map(() => 'busy' as const) : await takeDocuments(outlet, recent, items, request)
      return bulkAnswer(items, outcomes, performance.now() - startedMs, query.get('filter_path'))
    }
    return (
      answerFor(method, path, headers.host ?? '') ??
      failure(
        404,
        'invalid_index_name_exception',
        `${method} ${path.slice(0, 200)} is not answered here: Picket takes documents only`
      )
    )
  }

  const http = await listenHttp({
    ...httpOptionsOf(() => config, context),
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
    refuse: ({ status, text, headers }) => {
      const refusal = failure(status, refusals[status] ?? 'illegal_argument_exception', String(text).trim())
      return { ...refusal, headers: { ...refusal.headers, ...headers } }
    },
    answer: async request => {
      const answered = inTypeAskedFor(await answer(request), request.headers.accept)
      giveBack(request.body)
      return answered
    }
  })

  return {
    ...listeningOn(http, outlet),
    use(next) {
      config = next
      outlet.settings = settingsOf(config)
    }
  }
}

/** The bulk helper of Elastic's JavaScript client gives up where a whole request is answered 429; documents with 429 it sends again. */
function retriesItems(headers: HttpRequest['headers']): boolean {
  const client = String(headers['x-elastic-client-meta'] ?? '')
  return client.includes(',js=') && client.endsWith('h=bp')
}

const refusals: Readonly<Record<number, string>> = {
  413: 'content_too_long_exception',
  429: 'es_rejected_execution_exception'
}

/** Clients that ask for the JSON of a version of the API hear that it is. */
function inTypeAskedFor(answer: HttpAnswer, accept: string | undefined): HttpAnswer {
  const version = /application\/vnd\.elasticsearch\+json; ?compatible-with=(\d{1,2})/.exec(accept ?? '')?.[1]
  if (version === undefined || answer.headers?.['content-type'] !== 'application/json') return answer
  const type = `application/vnd.elasticsearch+json;compatible-with=${version}`
  return { ...answer, headers: { ...answer.headers, 'content-type': type } }
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
