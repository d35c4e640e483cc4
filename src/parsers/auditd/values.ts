/** Values of audit fields: quotes taken off, hex undone, what stands for nothing left out; and socket addresses. */

import { ipText } from '../../core/ip.ts'
import type { Fields, FieldValue } from './record.ts'

/** Fields that are written as hex where their text has blanks, quotes or bytes that are not ASCII. */
const maybeHex = new Set(
  (
    'exe cmd data path comm file name watch cwd acct dir vm old-chardev new-chardev old-disk new-disk old-fs new-fs old-net ' +
    'new-net device cgroup apparmor operation denied_mask info profile requested_mask old-rng new-rng ocomm grp new_group ' +
    'invalid_context sw root_dir proctitle'
  ).split(' ')
)

export type Said = { [name: string]: string | string[] | boolean }

/** The fields as people read them. */
export function saidFields(fields: Fields): Said {
  const out: Said = {}
  for (const name in fields) {
    const value = fields[name]!
    if (typeof value === 'string') {
      const said = saidValue(name, value)
      if (said !== undefined) out[name] = said
      continue
    }
    const list: string[] = []
    for (const item of value) {
      const said = saidValue(name, item)
      if (said !== undefined) list.push(String(said))
    }
    if (list.length > 0) out[name] = list
  }
  return out
}

function saidValue(name: string, value: string): string | boolean | undefined {
  if (value === '?' || value === '(null)' || value === '' || value === '"?"') return undefined
  if (name === 'success' || name === 'key_enforce') {
    const lower = value.toLowerCase()
    return lower === 'yes' || lower === 'true' || lower === '1'
  }
  if (maybeHex.has(name) && isHex(value)) return textOfHex(value, '^@') ?? value
  return unquoted(value)
}

/** One quote of either kind is taken off each end. */
export function unquoted(value: string): string {
  const first = value.charCodeAt(0)
  const from = first === 34 || first === 39 ? 1 : 0
  const last = value.charCodeAt(value.length - 1)
  const end = value.length > from && (last === 34 || last === 39) ? value.length - 1 : value.length
  return from === 0 && end === value.length ? value : value.slice(from, end)
}

/** An argument of a program: in quotes, or hex. */
export function argument(value: string): string {
  return isHex(value) ? (textOfHex(value, ' ') ?? value) : unquoted(value)
}

export function isHex(value: string): boolean {
  if (value === '' || value.length % 2 !== 0) return false
  for (let i = 0; i < value.length; i++) if (digitOf(value.charCodeAt(i)) < 0) return false
  return true
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 65 && code <= 70) return code - 55
  return code >= 97 && code <= 102 ? code - 87 : -1
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (digitOf(hex.charCodeAt(i * 2)) << 4) | digitOf(hex.charCodeAt(i * 2 + 1))
  return bytes
}

const utf8 = new TextDecoder()

/**
 * The text of hex, control characters as `^A`; undefined where nothing in it needed to be hex (then it was text: `cafe`).
 * `nul` is what stands for a zero byte: they part the words of a command line.
 */
export function textOfHex(hex: string, nul: string): string | undefined {
  const bytes = bytesOf(hex)
  let needed = false
  let plain = true
  for (const byte of bytes) {
    if (byte < 33 || byte === 34 || byte >= 127) needed = true
    if (byte < 32 || byte === 127) plain = false
  }
  if (!needed) return undefined
  const text = utf8.decode(bytes)
  if (plain) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0) out += nul
    else out += code < 32 || code === 127 ? '^' + String.fromCharCode(code ^ 64) : text[i]!
  }
  return out
}

export type SocketAddress = {
  readonly family: string
  readonly addr: string | undefined
  readonly port: number | undefined
  readonly path: string | undefined
}

/** A `struct sockaddr` as hex: family (little-endian, as on all machines that matter), then what the family says. */
export function socketAddress(saddr: string): SocketAddress | undefined {
  if (!isHex(saddr) || saddr.length < 4 || saddr.length > 512) return undefined
  const bytes = bytesOf(saddr)
  const family = bytes[0]! | (bytes[1]! << 8)
  const port = bytes.length >= 4 ? (bytes[2]! << 8) | bytes[3]! : undefined
  if (family === 1) return { family: 'unix', addr: undefined, port: undefined, path: unixPath(bytes) }
  if (family === 2 && bytes.length >= 8)
    return { family: 'ipv4', addr: `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`, port, path: undefined }
  if (family === 10 && bytes.length >= 24) return { family: 'ipv6', addr: ipText(bytes, 8), port, path: undefined }
  const name = family === 16 ? 'netlink' : family === 17 ? 'packet' : family === 0 ? 'unspecified' : String(family)
  return { family: name, addr: undefined, port: undefined, path: undefined }
}

/** The path up to its zero byte; abstract names begin with one, and are written with `@`. */
function unixPath(bytes: Uint8Array): string | undefined {
  const abstract = bytes.length > 3 && bytes[2] === 0
  const from = abstract ? 3 : 2
  let end = from
  while (end < bytes.length && bytes[end] !== 0) end++
  if (end === from) return undefined
  return (abstract ? '@' : '') + utf8.decode(bytes.subarray(from, end))
}

/** The first (or only) text of a field. */
export function first(value: FieldValue | boolean | undefined): string | undefined {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value[0] : undefined
}
