/** Numbers in network byte order, and octets as text. */

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
export const u24 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
export const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
/** As a signed number: small for the engine, and enough for comparing. */
export const i32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!

const utf8 = new TextDecoder('utf-8')

/** At most `max` octets as text: UTF-8, with replacement characters where it is not. */
export function textOf(bytes: Uint8Array, from: number, to: number, max: number): string {
  return utf8.decode(bytes.subarray(from, Math.min(to, from + max)))
}

/** Texts that fingerprints are made of: one octet a character. */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase())

/** `00-1A-E9-9D-53-B7`, as ECS writes it. */
export function macText(bytes: Uint8Array, at: number): string {
  const of = (i: number): string => pairs[bytes[at + i]!]!
  return `${of(0)}-${of(1)}-${of(2)}-${of(3)}-${of(4)}-${of(5)}`
}
