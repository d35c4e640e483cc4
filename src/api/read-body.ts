/** A request's body that is read as a stream, whole and bounded. */

import type { Readable } from 'node:stream'
import { ApiError } from './route.ts'

export async function readAll(body: Readable, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += (part as Buffer).length
    if (size > bytesMax)
      throw new ApiError(413, 'too-large', `The body is larger than ${bytesMax} bytes: send it in parts.`)
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}
