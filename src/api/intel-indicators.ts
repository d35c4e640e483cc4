/** Routes of indicators: look a value up, search, add, remove, bring in a file (with a preview of what it holds), and what was seen. */

import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { levels } from '../core/detection.ts'
import { type Found, indicatorTypes } from '../intel/indicator.ts'
import { normalValue, recogniseValue } from '../intel/normalise.ts'
import { readAny } from '../pipeline/feed-list.ts'
import { textsIn } from '../sources/feeds/open-file.ts'
import { FeedError } from '../sources/feeds/request.ts'
import { feedFormats } from '../sources/feeds/settings.ts'
import { addFeed, type Feed, feedNamed, feedNamePattern, feedOf, ownFeedName } from '../state/intel-feeds.ts'
import {
  indicatorBySeq,
  keepFound,
  removeIndicator,
  type StoredIndicator,
  searchIndicators
} from '../state/intel-indicators.ts'
import { askedValue, knownIndicators } from '../state/intel-lookup.ts'
import { listPeerSightings } from '../state/intel-peers.ts'
import { listSightings } from '../state/sightings.ts'
import type { AllowCache } from './intel-allow.ts'
import type { IntelDeps } from './intel-deps.ts'
import { done, isoOf, isoOrNothing } from './replies.ts'
import { ApiError, type RoutePlugin } from './route.ts'

const previewBytesMax = 8 << 20
const uploadBytesMax = 256 << 20

const indicatorReply = z.object({
  seq: z.int(),
  id: z.string(),
  type: z.enum(indicatorTypes),
  value: z.string(),
  port: z.int().optional(),
  source: z.string(),
  feed: z.int(),
  level: z.enum(levels),
  confidence: z.number(),
  labels: z.array(z.string()),
  validFrom: z.string().optional(),
  validUntil: z.string().optional(),
  seen: z.string().describe('When the feed last said so'),
  added: z.string(),
  name: z.string().optional(),
  description: z.string().optional(),
  reference: z.string().optional(),
  allowedBy: z.string().optional().describe('The allow list that keeps it from counting')
})

const fileOptions = {
  name: z.string().max(1024).optional(),
  format: z.enum(feedFormats).optional(),
  column: z.string().min(1).max(128).optional(),
  delimiter: z.enum([',', ';', '\t', '|']).optional(),
  type: z.enum(indicatorTypes).optional()
}

export function intelIndicatorRoutes(deps: IntelDeps, allow: AllowCache): RoutePlugin {
  const { intel, state, feeds, nowMs } = deps
  const out = (each: StoredIndicator): z.output<typeof indicatorReply> => ({
    seq: each.seq,
    id: each.id,
    type: each.type,
    value: each.value,
    port: each.port,
    source: each.source,
    feed: each.feed,
    level: each.level,
    confidence: each.confidence,
    labels: [...each.labels],
    validFrom: timeOut(each.validFromMs),
    validUntil: timeOut(each.validUntilMs),
    seen: timeOut(each.seenMs) ?? isoOf(each.addedMs),
    added: isoOf(each.addedMs),
    name: each.name,
    description: each.description,
    reference: each.reference,
    allowedBy: each.type === 'pattern' ? undefined : allow().allows(each.type, each.value)
  })
  /** The feed of people's own of that name. */
  const ownFeed = (name: string, by: string): Feed => {
    const there = feedNamed(intel, name)
    if (there !== undefined) {
      if (there.settings['kind'] !== 'own')
        throw new ApiError(409, 'not-own', `${name} is filled by its feed: choose another name.`)
      return there
    }
    const settings = { kind: 'own', level: 'high', confidence: 80 }
    const made = addFeed(intel, { name, settings, enabled: true, by }, nowMs())
    if (made === undefined) throw new ApiError(409, 'too-many-feeds', 'There are too many feeds: remove some first.')
    return made
  }
  const feedName = z.string().regex(feedNamePattern).optional().describe(`Default: ${ownFeedName}`)

  return (app, guard) => {
    app.get(
      '/api/intel/indicators',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'Indicators, the newest first',
          tags: ['intel'],
          querystring: z.object({
            q: z.string().max(2048).optional().describe('How the value begins'),
            type: z.enum(indicatorTypes).optional(),
            feed: z.coerce.number().int().optional(),
            cursor: z.coerce.number().int().optional(),
            limit: z.coerce.number().int().min(1).max(500).optional()
          }),
          response: { 200: z.object({ indicators: z.array(indicatorReply), cursor: z.int().nullable() }) }
        }
      },
      async request => {
        const { q, type, feed, cursor, limit = 100 } = request.query
        const prefix = q === undefined ? undefined : (recogniseValue(q)?.value ?? q.trim().toLowerCase())
        const found = searchIndicators(intel, { prefix, type, feed, beforeSeq: cursor, limit })
        return { indicators: found.map(out), cursor: found.length < limit ? null : found.at(-1)!.seq }
      }
    )

    app.get(
      '/api/intel/lookup',
      {
        preHandler: guard('search'),
        schema: {
          summary:
            'What is known of a value: indicators that mean it, the allow list that has it, and where it was seen',
          tags: ['intel'],
          querystring: z.object({ value: z.string().min(1).max(2048) })
        }
      },
      async request => {
        const { type, value } = askedValue(request.query.value)
        const allowedBy = type === undefined ? undefined : allow().allows(type, value)
        return {
          value,
          type,
          allowedBy,
          indicators: knownIndicators(intel, type, value).slice(0, 200).map(out),
          sightings: listSightings(state, { value, limit: 50 }).map(sightingOut),
          peers: listPeerSightings(intel, { value, limit: 50 }).map(peerOut)
        }
      }
    )

    app.post(
      '/api/intel/indicators',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Add indicators of your own; defanged values are understood',
          tags: ['intel'],
          body: z.object({
            feed: feedName,
            values: z
              .array(z.object({ value: z.string().min(1).max(65_536), type: z.enum(indicatorTypes).optional() }))
              .min(1)
              .max(1000),
            level: z.enum(levels).optional(),
            confidence: z.int().min(0).max(100).optional(),
            labels: z.array(z.string().min(1).max(128)).max(20).optional(),
            days: z.number().positive().max(3650).optional().describe('In force for so long; without, until removed'),
            description: z.string().max(1000).optional(),
            reference: z.string().max(1000).optional()
          }),
          response: {
            201: z.object({ added: z.int(), changed: z.int(), refused: z.array(z.string()) })
          }
        }
      },
      async (request, answer) => {
        const { values, days, feed: name = ownFeedName, ...about } = request.body
        const refused: string[] = []
        const founds = values.flatMap(({ value, type }): Found[] => {
          const normal = type === undefined ? undefined : normalValue(type, value)
          const found = type === undefined ? recogniseValue(value) : normal && { type, value: normal }
          if (found === undefined || found === '') {
            refused.push(value.slice(0, 200))
            return []
          }
          const { feed: _, ...said } = { feed: name, ...about }
          return [{ ...found, ...said, ...(days !== undefined && { validUntilMs: nowMs() + days * 86_400_000 }) }]
        })
        if (founds.length === 0)
          throw new ApiError(
            400,
            'no-indicator',
            `This is no indicator that Picket knows: ${refused[0]}. Name its type.`
          )
        const feed = ownFeed(name, request.principal!.actor)
        const kept = keepFound(intel, feed.id, founds, nowMs())
        request.audit('intel.indicators-added', `feed:${feed.name}`, {
          values: founds.slice(0, 20).map(({ value }) => value),
          ...kept
        })
        return answer.code(201).send({ added: kept.added, changed: kept.changed, refused })
      }
    )

    app.delete(
      '/api/intel/indicators/:seq',
      {
        preHandler: guard('triage'),
        schema: {
          summary: 'Remove an indicator of your own, or one that a peer gave',
          tags: ['intel'],
          params: z.object({ seq: z.coerce.number().int() }),
          response: { 200: done }
        }
      },
      async request => {
        const each = indicatorBySeq(intel, request.params.seq)
        if (each === undefined) throw new ApiError(404, 'unknown-indicator', 'There is no such indicator.')
        const feed = feedOf(intel, each.feed)
        if (feed !== undefined && !['own', 'collection'].includes(String(feed.settings['kind'])))
          throw new ApiError(
            409,
            'of-a-feed',
            `${feed.name} would bring it back with its next run: put the value on an allow list instead.`
          )
        removeIndicator(intel, each.seq)
        request.audit('intel.indicator-removed', `indicator:${each.id}`, { value: each.value, feed: each.source })
        return { ok: true as const }
      }
    )

    app.post(
      '/api/intel/preview',
      {
        preHandler: guard('triage'),
        bodyLimit: previewBytesMax + 1,
        schema: {
          summary: `What a file of indicators holds, without keeping it: the body is its first ${previewBytesMax >> 20} MB`,
          tags: ['intel'],
          querystring: z.object(fileOptions)
        }
      },
      async request => {
        const { name = 'file', ...options } = request.query
        const body = await readAll(request.body as Readable, previewBytesMax)
        const counts: Record<string, number> = {}
        const sample: (Pick<Found, 'type' | 'value' | 'name'> & { allowedBy: string | undefined })[] = []
        let allowed = 0
        let [read, refused, format] = [0, 0, '']
        const problems: string[] = []
        for (const { text } of await unpacked(name, body)) {
          const reading = readAny(text, options, found => {
            if (found.revoked) return
            counts[found.type] = (counts[found.type] ?? 0) + 1
            const allowedBy = found.type === 'pattern' ? undefined : allow().allows(found.type, found.value)
            if (allowedBy !== undefined) allowed++
            const isShown = sample.some(each => each.type === found.type && each.value === found.value)
            if (sample.length < 100 && !isShown)
              sample.push({ type: found.type, value: found.value, name: found.name, allowedBy })
          })
          read += reading.taken
          refused += reading.refused
          format ||= reading.format
          problems.push(...reading.problems.slice(0, 20).map(({ where, message }) => `${where}: ${message}`))
        }
        return { format, read, refused, allowed, counts, sample, problems: problems.slice(0, 20) }
      }
    )

    app.post(
      '/api/intel/import',
      {
        preHandler: guard('triage'),
        bodyLimit: uploadBytesMax,
        schema: {
          summary: 'Bring in a file of indicators, of any format that feeds may have: the body is the file',
          tags: ['intel'],
          querystring: z.object({ ...fileOptions, feed: feedName })
        }
      },
      async request => {
        const { name = 'file', feed: feedNameGiven = ownFeedName, ...options } = request.query
        const folder = join(deps.folder, 'uploads')
        await mkdir(folder, { recursive: true, mode: 0o700 })
        const path = join(folder, randomBytes(8).toString('hex'))
        try {
          await pipeline(request.body as Readable, createWriteStream(path, { mode: 0o600 }))
          const feed = ownFeed(feedNameGiven, request.principal!.actor)
          const { problem, counts } = await feeds.importFile(feed.id, { path, name, options })
          if (problem !== '') throw new ApiError(400, 'bad-file', problem)
          const { read = 0, added = 0, refused = 0, problems = [] } = counts
          request.audit('intel.imported', `feed:${feed.name}`, { name, read, added, refused })
          return { feed: feed.name, read, added, refused, problems }
        } finally {
          await rm(path, { force: true })
        }
      }
    )

    const page = z.object({
      value: z.string().max(2048).optional(),
      indicator: z.string().max(128).optional(),
      cursor: z
        .string()
        .regex(/^\d{1,16}-\d{1,16}$/)
        .optional(),
      limit: z.coerce.number().int().min(1).max(500).optional()
    })
    const paged = <T extends { updatedMs: number; seq: number }, O>(
      { cursor, limit = 100, ...rest }: z.output<typeof page>,
      read: (ask: {
        value?: string | undefined
        indicator?: string | undefined
        before: { updatedMs: number; seq: number } | undefined
        limit: number
      }) => T[],
      show: (each: T) => O
    ) => {
      const [updatedMs, seq] = (cursor ?? '').split('-').map(Number)
      const found = read({
        ...rest,
        before: cursor === undefined ? undefined : { updatedMs: updatedMs!, seq: seq! },
        limit
      })
      const last = found.at(-1)
      return {
        sightings: found.map(show),
        cursor: last === undefined || found.length < limit ? null : `${last.updatedMs}-${last.seq}`
      }
    }

    app.get(
      '/api/intel/sightings',
      {
        preHandler: guard('search'),
        schema: { summary: 'Indicators that were seen here, the latest first', tags: ['intel'], querystring: page }
      },
      async request => paged(request.query, ask => listSightings(state, ask), sightingOut)
    )

    app.get(
      '/api/intel/peer-sightings',
      {
        preHandler: guard('search'),
        schema: { summary: 'Indicators that peers have seen, the latest first', tags: ['intel'], querystring: page }
      },
      async request => paged(request.query, ask => listPeerSightings(intel, ask), peerOut)
    )
  }
}

async function unpacked(name: string, body: Buffer) {
  try {
    return await textsIn(name, body, 64 << 20)
  } catch (error) {
    if (error instanceof FeedError) throw new ApiError(400, 'bad-file', error.message)
    throw error
  }
}

async function readAll(body: Readable, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += (part as Buffer).length
    if (size > bytesMax) throw new ApiError(413, 'too-large', `A preview is of ${bytesMax} bytes at most.`)
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}

/** Feeds may say years that ISO 8601 has no room for. */
function timeOut(ms: number | undefined): string | undefined {
  return ms === undefined || Math.abs(ms) > 8.64e15 ? undefined : isoOf(ms)
}

function sightingOut(each: ReturnType<typeof listSightings>[number]) {
  const { seq, id, type, value, source, observed, field, count, firstUs, lastUs, updatedMs } = each
  return {
    seq,
    indicator: id,
    type,
    value,
    source,
    observed,
    field,
    count,
    first: timeOut(firstUs / 1000),
    last: timeOut(lastUs / 1000),
    updated: isoOf(updatedMs)
  }
}

function peerOut(each: ReturnType<typeof listPeerSightings>[number]) {
  const { seq, indicator, who, source, count, firstUs, lastUs, updatedMs, type, value } = each
  return {
    seq,
    indicator,
    who,
    source,
    count,
    type,
    value,
    first: isoOrNothing(firstUs === undefined ? undefined : firstUs / 1000),
    last: isoOrNothing(lastUs === undefined ? undefined : lastUs / 1000),
    updated: isoOf(updatedMs)
  }
}
