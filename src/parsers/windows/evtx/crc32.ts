/** CRC-32 (IEEE 802.3, reflected, as zlib's), over several stretches one after the other. */

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})

/** The checksum of `bytes[from, to)`; `before` is that of what came before. */
export function crc32(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let c = ~before
  for (let i = from; i < to; i++) c = table[(c ^ bytes[i]!) & 255]! ^ (c >>> 8)
  return ~c >>> 0
}
