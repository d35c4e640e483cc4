/** Bytes as texts of one character a byte, in which the structure of a mail is found, and back. Linear in what they are given. */

const pieceSize = 8192

export function binaryText(bytes: Uint8Array): string {
  let out = ''
  for (let at = 0; at < bytes.length; at += pieceSize) {
    out += String.fromCharCode(...bytes.subarray(at, Math.min(at + pieceSize, bytes.length)))
  }
  return out
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i)
  return out
}

const strict = new TextDecoder('utf-8', { fatal: true })
const lenient = new TextDecoder()

/** The text of bytes in a charset. Where none is named, or an unknown one: UTF-8 if it is that, else Windows-1252. */
export function decoded(bytes: Uint8Array, charset: string | undefined): string {
  const name = charset?.trim().toLowerCase()
  if (name !== undefined && name !== '' && name !== 'utf-8' && name !== 'us-ascii') {
    try {
      return new TextDecoder(name).decode(bytes)
    } catch {
      // Not a charset that anybody knows.
    }
  }
  if (name === 'utf-8') return lenient.decode(bytes)
  try {
    return strict.decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

const sixBits = new Uint8Array(256).fill(255)
for (let i = 0; i < 64; i++)
  sixBits['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.charCodeAt(i)] = i

/** Base64 as mails hold it: line breaks and rubbish within, no padding at the end. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil((text.length * 3) / 4))
  let length = 0
  let bits = 0
  let held = 0
  for (let i = 0; i < text.length; i++) {
    const value = sixBits[text.charCodeAt(i) & 255]!
    if (value === 255) continue
    held = ((held << 6) | value) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out[length++] = (held >> bits) & 255
    }
  }
  return out.slice(0, length)
}

/** Quoted-printable (RFC 2045, 6.7); in headers an underscore is a blank (RFC 2047, 4.2). */
export function fromQuotedPrintable(text: string, header = false): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 61) {
      const next = text.charCodeAt(i + 1)
      if (next === 10) {
        i++
        continue
      }
      if (next === 13 && text.charCodeAt(i + 2) === 10) {
        i += 2
        continue
      }
      const high = hexValue(next)
      const low = hexValue(text.charCodeAt(i + 2))
      if (high >= 0 && low >= 0) {
        out[length++] = high * 16 + low
        i += 2
        continue
      }
    }
    out[length++] = header && code === 95 ? 32 : code
  }
  return out.slice(0, length)
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 65 && code <= 70) return code - 55
  return code >= 97 && code <= 102 ? code - 87 : -1
}
