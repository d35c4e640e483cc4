/** Bytes as texts of one character a byte, in which the structure of a mail is found, and back. */

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

/** The text of bytes in a charset; in UTF-8 where the charset is not known. */
export function decoded(bytes: Uint8Array, charset: string | undefined): string {
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}

/** Base64 as mails hold it: line breaks within, rubbish at the end. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const clean = text.replaceAll(/[^A-Za-z0-9+/]/g, '')
  try {
    return bytesOf(atob(clean.length % 4 === 1 ? clean.slice(0, -1) : clean))
  } catch {
    return new Uint8Array(0)
  }
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
      const hex = text.slice(i + 1, i + 3)
      if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
        out[length++] = Number.parseInt(hex, 16)
        i += 2
        continue
      }
    }
    out[length++] = header && code === 95 ? 32 : code
  }
  return out.slice(0, length)
}
