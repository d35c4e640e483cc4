/** What TAXII 2.1 says of requests: media types (1.6.8), filters (3.3 to 3.5), and errors as its error messages (3.6.1). */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { messageOf, PicketError } from '../core/errors.ts'
import { isoText, parseIso } from '../core/time.ts'
import type { ObjectsAsk } from '../state/intel-shared.ts'
import { ApiError } from './route.ts'

export const taxiiType = 'application/taxii+json;version=2.1'
export const stixType = 'application/stix+json;version=2.1'
export const pageMax = 1000
const listMax = 100

/** Refuses what asks for another version or for something else altogether. */
export function checkAccept(request: FastifyRequest): void {
  const accept = request.headers.accept
  if (accept === undefined || accept.trim() === '') return
  const isMet = accept.split(',').some(part => {
    const [type, ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    if (type === '*/*' || type === 'application/*') return true
    if (type !== 'application/taxii+json') return false
    const version = parameters.find(each => each.startsWith('version='))
    return version === undefined || /^version="?2\.1"?$/.test(version)
  })
  if (!isMet) throw new ApiError(406, 'not-acceptable', `This server answers ${taxiiType} only.`)
}

export function checkContentType(request: FastifyRequest): void {
  const [type, ...parameters] = (request.headers['content-type'] ?? '')
    .trim()
    .toLowerCase()
    .split(/\s*;\s*/)
  const version = parameters.find(each => each.startsWith('version='))
  if (type !== 'application/taxii+json' || (version !== undefined && !/^version="?2\.1"?$/.test(version)))
    throw new ApiError(415, 'wrong-content-type', `Send objects as ${taxiiType}.`)
}

type Query = Readonly<Record<string, unknown>>

const bad = (message: string): ApiError => new ApiError(400, 'bad-filter', message)

/** The filters of a request. A parameter that is not known is left alone; one that makes no sense is refused. */
export function readFilters(query: Query): ObjectsAsk {
  const limit = textOf(query, 'limit')
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) throw bad('limit must be a whole number above 0.')
  const added = textOf(query, 'added_after')
  const addedUs = added === undefined ? undefined : timeOf(added)
  if (added !== undefined && addedUs === undefined) throw bad('added_after must be a time stamp of RFC 3339.')
  const next = textOf(query, 'next')
  const nextUs = next === undefined ? undefined : Number(next)
  if (next !== undefined && !/^\d{1,16}$/.test(next)) throw bad('next is no page of this server.')
  return {
    limit: Math.min(pageMax, Number(limit ?? pageMax)),
    addedAfterUs: addedUs === undefined ? nextUs : Math.max(addedUs, nextUs ?? 0),
    ids: listOf(query, 'match[id]'),
    types: listOf(query, 'match[type]'),
    specs: listOf(query, 'match[spec_version]'),
    versions: versionsOf(query)
  }
}

export function versionsOf(query: Query): ObjectsAsk['versions'] {
  return listOf(query, 'match[version]')?.map(version => {
    if (version === 'first' || version === 'last' || version === 'all') return version
    const us = timeOf(version)
    if (us === undefined) throw bad('match[version] must be first, last, all, or time stamps.')
    return us
  })
}

function textOf(query: Query, name: string): string | undefined {
  const value = query[name]
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string' || value.length > 8192) throw bad(`${name} must be given once.`)
  return value
}

function listOf(query: Query, name: string): string[] | undefined {
  const list = textOf(query, name)?.split(',')
  if (list !== undefined && list.length > listMax) throw bad(`${name} may hold ${listMax} values.`)
  return list?.map(each => each.trim())
}

export function timeOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const us = parseIso(text.toUpperCase())
  return us === undefined ? undefined : Math.trunc(us)
}

/** With microseconds: times of addition are places, and must be given back as they are. */
export function timeText(us: number): string {
  return `${isoText(us, 6)}Z`
}

export function answerTaxiiError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message, headers } = describe(error)
  if (status >= 500) request.log.error({ err: error }, 'a TAXII request failed')
  return reply
    .headers(headers)
    .code(status)
    .type(taxiiType)
    .serializer(JSON.stringify)
    .send({ title: message, error_code: code, http_status: String(status) })
}

function describe(error: unknown): { status: number; code: string; message: string; headers: Record<string, string> } {
  if (error instanceof ApiError) {
    const { status, code, message } = error
    const headers =
      status === 401 ? { 'www-authenticate': 'Basic realm="Picket", charset="UTF-8", Bearer' } : { ...error.headers }
    return { status, code, message, headers }
  }
  const { statusCode, code } = error as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { status: 413, code: 'too-large', message: 'The request is larger than max_content_length.', headers: {} }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, code: 'invalid', message: messageOf(error), headers: {} }
  if (error instanceof PicketError)
    return { status: error.retryable ? 503 : 500, code: error.code, message: error.message, headers: {} }
  return {
    status: 500,
    code: 'internal',
    message: 'Something went wrong inside Picket; its log says what.',
    headers: {}
  }
}
