/**
 * Takes events as Splunk's HTTP Event Collector does: `/services/collector` (events), `/services/collector/raw` (lines), with an API token in
 * place of Splunk's. Answered when they are durable, so an acknowledgement that is asked for later is always true.
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/HECRESTendpoints
 */

import type { SourceConfig } from '../../platform/config-schema.ts'
import { type HttpAnswer, type HttpRequest, httpOptionsOf, listenHttp } from '../listen/http.ts'
import { isFineTime, originOf } from '../listen/origin.ts'
import { Outlet, type Stream } from '../listen/outlet.ts'
import { secretOf } from '../listen/secret.ts'
import { type ListenContext, type Listening, listeningOn } from '../listen/source.ts'
import { type ObjectPlace, splitObjects } from './split-objects.ts'

export type HecConfig = Extract<SourceConfig, { type: 'hec' }>

const eventPath = /^\/services\/collector(?:\/event)?(?:\/1\.0)?\/?$/
const rawPath = /^\/services\/collector\/raw(?:\/1\.0)?\/?$/
const healthPath = /^\/services\/collector\/health(?:\/1\.0)?\/?$/
const ackPath = /^\/services\/collector\/ack\/?$/
const metadata = ['host', 'source', 'sourcetype', 'index', 'time'] as const

export async function listenHec(first: HecConfig, context: ListenContext): Promise<Listening<HecConfig>> {
  let config = first
  let acks = 0
  const outlet = new Outlet(context, settingsOf(config))

  const answer = async ({ method, path, query, headers, body, address }: HttpRequest): Promise<HttpAnswer> => {
    if (healthPath.test(path))
      return outlet.full ? reply(503, 18, 'HEC is unhealthy, queues are full') : reply(200, 17, 'HEC is healthy')
    if (method !== 'POST') return reply(405, 20, 'The method is not allowed: POST')
    if (ackPath.test(path)) return json(200, { acks: askedAcks(body) })
    const isRaw = rawPath.test(path)
    if (!isRaw && !eventPath.test(path))
      return reply(404, 404, 'The requested URL was not found: /services/collector takes events')
    if (outlet.full) return reply(503, 9, 'Server is busy')
    if (body.length === 0) return reply(400, 5, 'No data')
    const key = headers['idempotency-key']
    let stream: Stream
    if (isRaw) {
      stream = outlet.stream(address, originOf(config.name, key, body, false))
      const about = metadata.flatMap(name =>
        query.has(name) ? [[name, query.get(name)!.slice(0, 1024)] as const] : []
      )
      for (let at = 0; at < body.length; ) {
        const found = body.indexOf(10, at)
        let end = found < 0 ? body.length : found
        const next = end + 1
        if (end > at && body[end - 1] === 13) end--
        if (end > at) {
          const event = { ...Object.fromEntries(about), event: body.toString('utf8', at, end) }
          const wrapped = Buffer.from(JSON.stringify(event))
          stream.take(wrapped, 0, wrapped.length)
        }
        at = next
      }
    } else {
      const places = splitObjects(body)
      if ('wrong' in places) return invalid(places.wrong)
      if (places.length === 0) return reply(400, 5, 'No data')
      // All or nothing: who is told of a mistake sends all of it again.
      for (const [number, { start, end }] of places.entries()) {
        const problem = problemOf(body.toString('utf8', start, end))
        if (problem !== undefined) return problem(number)
      }
      stream = outlet.stream(address, originOf(config.name, key, body, isTimed(body, places)))
      for (const { start, end } of places) stream.take(body, start, end)
    }
    await stream.durable()
    const channel = headers['x-splunk-request-channel'] ?? query.get('channel') ?? undefined
    return json(200, { text: 'Success', code: 0, ...(channel === undefined ? {} : { ackId: acks++ }) })
  }

  const http = await listenHttp({
    ...httpOptionsOf(() => config, context),
    admit: (headers, path) => {
      if (healthPath.test(path)) return undefined
      if (headers.authorization === undefined) return reply(401, 2, 'Token is required')
      const secret = secretOf(headers.authorization, ['splunk', 'bearer', 'basic'])
      if (secret === undefined) return reply(401, 3, 'Invalid authorization')
      return context.isIngestToken(secret) ? undefined : reply(403, 4, 'Invalid token')
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

function problemOf(text: string): ((number: number) => HttpAnswer) | undefined {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {
    return invalid
  }
  if (value['event'] === undefined || value['event'] === null)
    return number => reply(400, 12, 'Event field is required', number)
  if (value['event'] === '') return number => reply(400, 13, 'Event field cannot be blank', number)
  return undefined
}

/** Does one of its first events bear a time finer than a second? Then the same bytes again are the same request. */
function isTimed(body: Buffer, places: readonly ObjectPlace[]): boolean {
  return places.slice(0, 100).some(({ start, end }) => {
    const { time } = JSON.parse(body.toString('utf8', start, end)) as { time?: unknown }
    return isFineTime(time)
  })
}

const invalid = (number: number): HttpAnswer => reply(400, 6, 'Invalid data format', number)

/** All that was answered is durable. */
function askedAcks(body: Buffer): Record<string, boolean> {
  try {
    const { acks } = JSON.parse(body.toString('utf8')) as { acks?: unknown }
    if (!Array.isArray(acks)) return {}
    return Object.fromEntries(acks.slice(0, 10_000).map(id => [String(Number(id)), true]))
  } catch {
    return {}
  }
}

function reply(status: number, code: number, text: string, number?: number): HttpAnswer {
  const busy: Record<string, string> = status === 503 ? { 'retry-after': '1' } : {}
  return json(status, { text, code, ...(number === undefined ? {} : { 'invalid-event-number': number }) }, busy)
}

function json(status: number, value: object, headers: Record<string, string> = {}): HttpAnswer {
  return { status, text: JSON.stringify(value), headers: { 'content-type': 'application/json', ...headers } }
}

function settingsOf({ name, format, timezone }: HecConfig) {
  return { source: name, timezoneMinutes: timezone, formatOf: () => format ?? 'splunk-hec' }
}
