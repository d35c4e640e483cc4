/** Texts as bytes and bytes as base64: what the modifiers `utf16le`, `wide`, `utf16be`, `utf16`, `base64` and `base64offset` ask for. */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)
/** Bytes as the text that an event would hold of them. */
export const textOfBytes = (bytes: Uint8Array): string => decoder.decode(bytes)

export function utf16(text: string, order: 'le' | 'be', mark: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2 + (mark ? 2 : 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  if (mark) {
    view.setUint16(0, 0xfeff, order === 'le')
    at = 2
  }
  for (let i = 0; i < text.length; i++, at += 2) view.setUint16(at, text.charCodeAt(i), order === 'le')
  return bytes
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const value = (bytes[i]! << 16) | ((left > 1 ? bytes[i + 1]! : 0) << 8) | (left > 2 ? bytes[i + 2]! : 0)
    out += digits[value >> 18]! + digits[(value >> 12) & 63]!
    out += left > 1 ? digits[(value >> 6) & 63]! : '='
    out += left > 2 ? digits[value & 63]! : '='
  }
  return out
}

/** What stands of the bytes in any base64 text that holds them: one for each of the three places at which they may begin. */
export function base64Offsets(bytes: Uint8Array): string[] {
  return [0, 1, 2].map(offset => {
    const shifted = new Uint8Array(bytes.length + offset)
    shifted.set(bytes, offset)
    // The first digits also hold bits of what comes before, the last ones of what comes after.
    const start = [0, 2, 3][offset]!
    const whole = Math.floor((shifted.length * 8) / 6)
    return base64(shifted).slice(start, whole)
  })
}
