/** The packets of an event's conversation, out of the rolling captures. Who takes them is in the audit trail: packets hold what was said. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { protocolNumber } from '../core/community-id.ts'
import { isIp } from '../core/ip.ts'
import type { EcsEvent } from '../core/parser.ts'
import type { Conversation } from '../packets/conversation.ts'
import type { SourceConfig } from '../platform/config-schema.ts'
import { findPackets, type PacketsFound, type PacketsWanted } from '../sources/capture/find-packets.ts'
import { ringFiles } from '../sources/capture/ring.ts'
import type { Store } from '../store/store.ts'
import type { Admission } from './admission.ts'
import { hangUp } from './ndjson.ts'
import { storedEvent } from './one-event.ts'
import { ApiError, type RoutePlugin } from './route.ts'

export type EventPacketsDeps = {
  readonly store: Pick<Store, 'search'>
  readonly admission: Admission
  /** The folders of the rolling captures. */
  readonly captures: () => readonly string[]
}

/** Of the captures that are configured. */
export function captureFolders(sources: readonly SourceConfig[], sourcesFolder: string): readonly string[] {
  return sources.filter(({ type }) => type === 'capture').map(({ name }) => join(sourcesFolder, name))
}

const aroundSeconds = z.coerce.number().int().min(0).max(86_400).default(60)

export function eventPacketRoutes(deps: EventPacketsDeps): RoutePlugin {
  return (app, guard) => {
    app.get(
      '/api/events/:id/packets',
      {
        preHandler: guard('triage'),
        schema: {
          summary: "The packets of an event's conversation, as a file of pcap, where a capture has kept them",
          tags: ['search'],
          params: z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) }),
          querystring: z.object({
            at: z.coerce
              .number()
              .int()
              .min(-1e14)
              .max(1e14)
              .optional()
              .describe('The time of the event (timeMs), if it is known: it is found sooner then'),
            before: aroundSeconds.describe('Seconds before the event (or its start) to look at'),
            after: aroundSeconds.describe('Seconds after the event (or its end) to look at')
          })
        }
      },
      async (request, reply) => {
        const { id } = request.params
        const { at, before, after } = request.query
        const signal = hangUp(reply)
        const place = await deps.admission.enter({ signal })
        try {
          const { document } = await storedEvent(deps.store, id, at, signal)
          const found = await packetsOf(document, deps.captures(), { before, after }, signal)
          request.audit('packets.taken', `event ${id}`, { packets: found.packets, bytes: found.file.length })
          return reply
            .type('application/vnd.tcpdump.pcap')
            .header('content-disposition', `attachment; filename="picket-${id}.pcap"`)
            .header('x-picket-packets', String(found.packets))
            .header('x-picket-note', found.bound ?? '')
            .send(Buffer.from(found.file.buffer))
        } finally {
          place.leave()
        }
      }
    )
  }
}

/** Throws `ApiError`: why there are none. */
export async function packetsOf(
  document: EcsEvent,
  folders: readonly string[],
  around: { readonly before: number; readonly after: number },
  signal: AbortSignal
): Promise<PacketsFound> {
  const wanted = wantedOf(document, around)
  if (wanted === undefined)
    throw new ApiError(
      422,
      'no-conversation',
      'The event does not name two ends of a conversation (source.ip and destination.ip, or network.community_id) and a time.'
    )
  const kept = folders.filter(folder => existsSync(folder) && ringFiles(folder).length > 0)
  if (kept.length === 0)
    throw new ApiError(
      404,
      'no-capture',
      folders.length === 0
        ? 'No packets are kept: no capture is configured. Add a source of type capture to picket.yaml (docs/sources/packets.md).'
        : 'No packets are kept yet: the capture has not begun, or cannot. The page of sources says why.'
    )
  const found = await findPackets(kept, wanted, undefined, signal)
  if (found.packets > 0) return found
  const { keptFromMs, keptToMs } = found
  if (keptFromMs !== undefined && wanted.toMs < keptFromMs)
    throw new ApiError(
      404,
      'packets-gone',
      `Packets of that time are not kept any more: the oldest are of ${timeText(keptFromMs)}. Give the capture more room (keep).`
    )
  if (keptToMs !== undefined && wanted.fromMs > keptToMs)
    throw new ApiError(
      404,
      'packets-not-yet',
      `No packets of that time are kept: the latest are of ${timeText(keptToMs)}.`
    )
  throw new ApiError(
    404,
    'no-packets',
    `What was captured from ${timeText(wanted.fromMs)} to ${timeText(wanted.toMs)} holds no packet of this conversation${found.bound === undefined ? '' : ` (${found.bound})`}. Is it carried by the interface that is captured, and does the filter let it through?`
  )
}

const timeText = (ms: number): string => `${new Date(Math.min(ms, 8.64e15)).toISOString().slice(0, 19)}Z`

function wantedOf(
  document: EcsEvent,
  { before, after }: { readonly before: number; readonly after: number }
): PacketsWanted | undefined {
  const { source, destination, network, event } = document as {
    source?: { ip?: unknown; port?: unknown }
    destination?: { ip?: unknown; port?: unknown }
    network?: { transport?: unknown; iana_number?: unknown; community_id?: unknown }
    event?: { start?: unknown; end?: unknown }
  }
  const atMs = timeOf(document['@timestamp'])
  if (atMs === undefined) return undefined
  const startMs = Math.min(atMs, timeOf(event?.start) ?? atMs)
  const endMs = Math.max(atMs, timeOf(event?.end) ?? atMs)
  const times = { fromMs: startMs - before * 1000, toMs: endMs + after * 1000 }
  const [one, other] = [first(source?.ip), first(destination?.ip)]
  if (isIp(one) && isIp(other)) {
    const protocol = protocolNumber(textOf(first(network?.iana_number)) ?? textOf(first(network?.transport)))
    const conversation: Conversation = {
      addresses: [one, other],
      ports: [portOf(source?.port), portOf(destination?.port)],
      protocol
    }
    return { conversation, ...times }
  }
  const id = first(network?.community_id)
  return typeof id === 'string' && id.startsWith('1:') ? { conversation: { communityId: id }, ...times } : undefined
}

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value)
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

function portOf(value: unknown): number | undefined {
  const port = Number(first(value) ?? Number.NaN)
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
