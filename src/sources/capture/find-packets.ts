/**
 * The packets of one conversation, out of the files of rolling captures: those of its time are read by headers, what belongs to it is copied
 * into one file of pcap. Bounded in what is read, what is given and how long it takes.
 */

import { open } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { CaptureReader } from '../../packets/capture-reader.ts'
import { type Conversation, ConversationMatcher } from '../../packets/conversation.ts'
import { ringFiles } from './ring.ts'

export type PacketsWanted = {
  readonly conversation: Conversation
  readonly fromMs: number
  readonly toMs: number
}

export type PacketBounds = { readonly readBytesMax: number; readonly givenBytesMax: number; readonly timeMs: number }

export const packetBounds: PacketBounds = { readBytesMax: 16e9, givenBytesMax: 64 << 20, timeMs: 30_000 }

export type PacketsFound = {
  /** A file of pcap. */
  readonly file: Uint8Array
  readonly packets: number
  readonly filesRead: number
  /** Why there may be more than was given; undefined where this is all. */
  readonly bound: string | undefined
  /** The time that is kept, in all folders; undefined where nothing is. */
  readonly keptFromMs: number | undefined
  readonly keptToMs: number | undefined
}

const pieceBytes = 1 << 20

/** Looks into `folders`, one a capture. Those that cannot be read are as if they were empty. */
export async function findPackets(
  folders: readonly string[],
  { conversation, fromMs, toMs }: PacketsWanted,
  bounds: PacketBounds = packetBounds,
  signal?: AbortSignal
): Promise<PacketsFound> {
  const matcher = new ConversationMatcher(conversation)
  const started = performance.now()
  const parts: Uint8Array[] = []
  let given = 0
  let packets = 0
  let read = 0
  let filesRead = 0
  let linkType: number | undefined
  let bound: string | undefined
  let keptFromMs: number | undefined
  let keptToMs: number | undefined
  for (const folder of folders) {
    for (const file of ringFiles(folder)) {
      keptFromMs = Math.min(keptFromMs ?? file.fromMs, file.fromMs)
      keptToMs = Math.max(keptToMs ?? 0, file.toMs ?? Number.POSITIVE_INFINITY)
      // Packets of one file may be a little out of order.
      if (file.fromMs > toMs + 1000 || (file.toMs !== undefined && file.toMs < fromMs - 1000)) continue
      if (bound !== undefined) continue
      filesRead++
      const reader = new CaptureReader()
      for await (const piece of pieces(file.path)) {
        signal?.throwIfAborted()
        read += piece.length
        reader.push(piece)
        while (reader.next()) {
          const timeMs = reader.seconds * 1000 + reader.nanos / 1e6
          if (timeMs < fromMs || timeMs > toMs) continue
          const { bytes, from, to } = reader
          if (!matcher.matches(bytes, from, to, reader.linkType)) continue
          // A file of pcap has one kind of link.
          linkType ??= reader.linkType
          if (reader.linkType !== linkType) continue
          if (given + to - from > bounds.givenBytesMax) {
            bound = `only the first ${Math.round(bounds.givenBytesMax / 1e6)} MB are given`
            break
          }
          const record = recordOf(reader)
          parts.push(record)
          given += record.length
          packets++
        }
        if (reader.problem !== undefined || bound !== undefined) break
        if (read > bounds.readBytesMax)
          bound = `only the first ${Math.round(bounds.readBytesMax / 1e9)} GB were looked at`
        else if (performance.now() - started > bounds.timeMs)
          bound = `only what could be looked at in ${Math.round(bounds.timeMs / 1000)} s is given`
        if (bound !== undefined) break
        // Others want to be served, too.
        await turn()
      }
    }
  }
  return { file: pcap(linkType ?? 1, parts, given), packets, filesRead, bound, keptFromMs, keptToMs }
}

/** A file that is gone by now (renamed since it is full, or dropped since it is old) gives nothing, or is found under its other name. */
async function* pieces(path: string): AsyncGenerator<Uint8Array> {
  const handle = await openIt(path)
  if (handle === undefined) return
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(pieceBytes)
      const { bytesRead } = await handle.read(buffer, 0, pieceBytes, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function openIt(path: string) {
  try {
    return await open(path)
  } catch {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const start = path.slice(folder.length + 1).split('-')[0]
    const renamed = ringFiles(folder).find(file => file.toMs !== undefined && String(file.fromMs) === start)
    return renamed === undefined ? undefined : open(renamed.path).catch(() => undefined)
  }
}

function recordOf(reader: CaptureReader): Uint8Array {
  const size = reader.to - reader.from
  const record = new Uint8Array(16 + size)
  const view = new DataView(record.buffer)
  view.setUint32(0, reader.seconds, true)
  view.setUint32(4, Math.floor(reader.nanos / 1000), true)
  view.setUint32(8, size, true)
  view.setUint32(12, reader.wireBytes, true)
  record.set(reader.bytes.subarray(reader.from, reader.to), 16)
  return record
}

function pcap(linkType: number, parts: readonly Uint8Array[], size: number): Uint8Array {
  const file = new Uint8Array(24 + size)
  const view = new DataView(file.buffer)
  view.setUint32(0, 0xa1b2c3d4, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, 262_144, true)
  view.setUint32(20, linkType, true)
  let at = 24
  for (const part of parts) {
    file.set(part, at)
    at += part.length
  }
  return file
}
