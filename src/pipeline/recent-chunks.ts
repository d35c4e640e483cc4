/** The latest chunks of a source on a topic, the oldest first: for sources that recognise what comes again. */

import type { Bus } from '../core/bus.ts'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'

const recentBytesMax = 64 << 20
const recentMessagesMax = 2048
const recentStep = 32

/** Those among the last 64 MiB or so. */
export async function recentChunks(
  bus: Bus,
  topic: string,
  partition: number,
  source: string
): Promise<readonly Chunk[]> {
  const { start, end } = await bus.ends(topic, partition)
  let found: Chunk[] = []
  let bytes = 0
  for (let until = end; until > start && bytes < recentBytesMax && end - until < recentMessagesMax; ) {
    const from = Math.max(start, until - recentStep)
    const chunks: Chunk[] = []
    for (let at = from; at < until; ) {
      const read = await bus.read(topic, partition, at, recentBytesMax)
      for (const message of read.messages) {
        if (message.offset >= until) break
        bytes += message.value.length
        const headers = JSON.parse(message.headers['chunk'] ?? '{}') as ChunkHeaders
        if (headers.source === source) chunks.push({ headers, body: message.value })
      }
      if (read.nextOffset <= at) break
      at = read.nextOffset
    }
    found = [...chunks, ...found]
    until = from
  }
  return found
}
