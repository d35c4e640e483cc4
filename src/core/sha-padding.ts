/** A message as SHA-1 and SHA-256 want it: a one bit, zeros, and its length in bits at the end of the last block of 64 bytes (FIPS 180-4, 5.1.1). */

export function paddedMessage(message: Uint8Array): DataView {
  const length = message.length
  const padded = new Uint8Array((((length + 8) >> 6) << 6) + 64)
  padded.set(message)
  padded[length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, length << 3)
  view.setUint32(padded.length - 8, Math.floor(length / 0x20000000))
  return view
}
