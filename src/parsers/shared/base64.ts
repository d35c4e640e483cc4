/** Base64 (RFC 4648, section 4) of UTF-8 text. */

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Undefined: not base64, or not of a text. */
export function textOfBase64(data: string): string | undefined {
  if (data.length < 4 || data.length > 32 * 1024 * 1024) return undefined
  let binary: string
  try {
    binary = atob(data)
  } catch {
    return undefined
  }
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) {
    const byte = binary.charCodeAt(i)
    if (byte === 0) return undefined
    bytes[i] = byte
  }
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
