/** A file that is a packet capture, plain or compressed, as the bytes of the capture: for programs that read captures themselves. */

import { type FileHandle, open } from 'node:fs/promises'
import { isPcap, isPcapng } from '../../packets/capture-reader.ts'
import { ByteReader } from './byte-reader.ts'
import { inflated } from './inflate.ts'
import { kindOf } from './open-streams.ts'
import { type FoundFile, fileLimits, type Meter } from './stream.ts'

const pieceBytes = 1 << 20
const layersMax = 2

export type CaptureBytes = { readonly bytes: AsyncIterable<Buffer>; close(): Promise<void> }

/** Undefined: it is no capture, or cannot be opened; captures within archives are left to Picket's own decoder. */
export async function captureBytes(file: FoundFile): Promise<CaptureBytes | undefined> {
  if (file.path === '-') return undefined
  const handle = await open(file.raw).catch(() => undefined)
  if (handle === undefined) return undefined
  const meter: Meter = {
    rawBytes: 0,
    inflatedBytes: 0,
    sizeBytes: file.sizeBytes > 0 ? file.sizeBytes : undefined,
    limits: fileLimits,
    spent: false
  }
  const readers = [new ByteReader(piecesOf(handle, meter))]
  const close = async (): Promise<void> => {
    for (const reader of readers.reverse()) await reader.close().catch(() => {})
    await handle.close()
  }
  try {
    for (let layer = 0; layer <= layersMax; layer++) {
      const reader = readers.at(-1)!
      const head = await reader.peek(512)
      const kind = kindOf(head)
      if (kind === 'plain' && (isPcap(head) || isPcapng(head))) return { bytes: reader.rest(), close }
      if (kind !== 'gzip' && kind !== 'zstd') break
      readers.push(new ByteReader(inflated(reader.rest(), kind, meter)))
    }
  } catch {
    // What is wrong with it, the import itself tells.
  }
  await close()
  return undefined
}

async function* piecesOf(handle: FileHandle, meter: Meter): AsyncGenerator<Buffer> {
  for (;;) {
    const buffer = Buffer.allocUnsafeSlow(pieceBytes)
    const { bytesRead } = await handle.read(buffer, 0, pieceBytes, null)
    if (bytesRead === 0) return
    meter.rawBytes += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
