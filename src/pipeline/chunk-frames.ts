/** Chunks on a wire: for each, the size of its headers (u32 little-endian), the headers as JSON, the size of its body (u32), the body. */

import { z } from 'zod'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'

const headersBytesMax = 64 << 10
/** What is said of a chunk over a wire: all but what only the pipeline itself may say. A field that is forgotten here would be lost. */
type SentHeaders = Omit<ChunkHeaders, 'carried' | 'gate' | 'heartbeat'>
const headersSchema = z.object({
  source: z.string().max(4096),
  format: z.string().max(64),
  framing: z.enum(['lines', 'sized', 'keyed']),
  records: z.int().min(1),
  receivedMs: z.number().finite(),
  prefix: z.string().regex(/^[0-9a-f]{8}$/),
  firstIndex: z.int().min(0).max(0x7fffffff).optional(),
  places: z
    .array(z.tuple([z.int().min(0), z.int().min(0).max(0x7fffffff)]))
    .max(2000)
    .optional(),
  run: z.string().max(64),
  fileName: z.string().max(4096).optional(),
  object: z.string().max(4096).optional(),
  sender: z.string().max(256).optional(),
  header: z.array(z.string()).max(256).optional(),
  timezoneMinutes: z.number().optional(),
  referenceMs: z.number().finite().optional(),
  dead: z.string().max(4096).optional(),
  replayOf: z.string().max(64).optional()
} satisfies Record<keyof SentHeaders, z.ZodType>)

export function encodeFrames(chunks: readonly Chunk[]): Buffer[] {
  return chunks.flatMap(({ headers, body }) => {
    const json = Buffer.from(JSON.stringify(headers))
    const before = Buffer.allocUnsafe(json.length + 8)
    before.writeUInt32LE(json.length, 0)
    json.copy(before, 4)
    before.writeUInt32LE(body.length, json.length + 4)
    return [before, body]
  })
}

/** Throws `bad-frames` for anything that is not exactly that. */
export function decodeFrames(bytes: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let at = 0; at < bytes.length; ) {
    const headersSize = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY
    const bodyAt = at + 4 + headersSize
    if (headersSize > headersBytesMax || bodyAt + 4 > bytes.length)
      throw new PicketError('bad-frames', 'the chunks are cut off')
    const bodySize = bytes.readUInt32LE(bodyAt)
    if (bodyAt + 4 + bodySize > bytes.length) throw new PicketError('bad-frames', 'the chunks are cut off')
    let headers: ChunkHeaders
    try {
      headers = headersSchema.parse(JSON.parse(bytes.toString('utf8', at + 4, bodyAt)))
    } catch (cause) {
      throw new PicketError('bad-frames', "a chunk's headers are not valid", { cause })
    }
    chunks.push({ headers, body: bytes.subarray(bodyAt + 4, bodyAt + 4 + bodySize) })
    at = bodyAt + 4 + bodySize
  }
  return chunks
}
