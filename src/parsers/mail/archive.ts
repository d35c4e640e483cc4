/** What attachments are packed in: gzip, and zip archives of a few files (APPNOTE 6.3: the central directory says what is inside). */

export type Unpacked = { readonly name: string | undefined; readonly bytes: Uint8Array<ArrayBuffer> }

/** Attachments that grow beyond this are bombs. */
const unpackedMax = 64 * 1024 * 1024
const filesMax = 64

/** The files in an attachment; itself where it is not packed. */
export async function unpack(name: string | undefined, bytes: Uint8Array<ArrayBuffer>): Promise<Unpacked[]> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const inside = await inflate(bytes, 'gzip')
    return inside === undefined ? [] : [{ name: name?.replace(/\.gz$/i, ''), bytes: inside }]
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4) return unzip(bytes)
  return [{ name, bytes }]
}

async function unzip(bytes: Uint8Array<ArrayBuffer>): Promise<Unpacked[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.length - 22
  const limit = Math.max(0, end - 65_536)
  while (end >= limit && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < limit) return []
  const out: Unpacked[] = []
  let at = view.getUint32(end + 16, true)
  for (let i = 0; i < filesMax && at + 46 <= bytes.length && view.getUint32(at, true) === 0x02014b50; i++) {
    const method = view.getUint16(at + 10, true)
    const size = view.getUint32(at + 20, true)
    const nameLength = view.getUint16(at + 28, true)
    const local = view.getUint32(at + 42, true)
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (local + 30 > bytes.length) continue
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    const data = bytes.slice(from, from + size)
    const inside = method === 0 ? data : method === 8 ? await inflate(data, 'deflate-raw') : undefined
    if (inside !== undefined && !name.endsWith('/')) out.push({ name, bytes: inside })
  }
  return out
}

/** Undefined for what is damaged, or too big. */
async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: 'gzip' | 'deflate-raw'
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format))
    for await (const piece of stream) {
      size += piece.length
      if (size > unpackedMax) return undefined
      pieces.push(piece)
    }
  } catch {
    return undefined
  }
  const out = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
