/** ClientHello and ServerHello (RFC 5246 7.4.1, RFC 8446 4.1), and those of their extensions that names and fingerprints are made of. */

import { hexText } from '../../core/md5.ts'
import { textOf, u16 } from '../octets.ts'

export type ClientHello = {
  readonly version: number
  readonly session: string
  readonly ciphers: readonly number[]
  readonly extensions: readonly number[]
  readonly groups: readonly number[]
  readonly pointFormats: readonly number[]
  readonly signatures: readonly number[]
  /** As offered, without GREASE; the legacy one where there is no list. */
  readonly versions: readonly number[]
  readonly alpn: readonly string[]
  /** The first protocol's octets. */
  readonly firstAlpn: Uint8Array | undefined
  readonly serverName: string | undefined
  readonly hasVersions: boolean
}

export type ServerHello = {
  readonly version: number
  /** The one in front, which fingerprints use. */
  readonly legacyVersion: number
  readonly session: string
  readonly cipher: number
  readonly extensions: readonly number[]
  readonly alpn: string | undefined
  readonly preShared: boolean
  readonly retry: boolean
}

/** Values that mean nothing, sent so that nobody relies on what is known (RFC 8701). */
export const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 255)

const retryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'
const listMax = 1024

type Extension = { readonly type: number; readonly first: number; readonly last: number }

/** The extensions of a hello, from their length on: where the content of each begins and ends. One that is cut off ends them. */
function extensionsIn(bytes: Uint8Array, from: number, to: number): Extension[] {
  const found: Extension[] = []
  let at = from
  const end = at + 2 <= to ? Math.min(to, at + 2 + u16(bytes, at)) : at
  for (at += 2; at + 4 <= end && found.length < listMax; ) {
    const first = at + 4
    const last = first + u16(bytes, at + 2)
    if (last > end) break
    found.push({ type: u16(bytes, at), first, last })
    at = last
  }
  return found
}

export function clientHello(bytes: Uint8Array, from: number, to: number): ClientHello | undefined {
  if (to - from < 38) return undefined
  const version = u16(bytes, from)
  const sessionEnd = from + 35 + bytes[from + 34]!
  if (sessionEnd + 2 > to) return undefined
  const ciphersEnd = sessionEnd + 2 + u16(bytes, sessionEnd)
  if (ciphersEnd + 1 > to) return undefined
  const ciphers = numbers(bytes, sessionEnd + 2, ciphersEnd)
  const at = ciphersEnd + 1 + bytes[ciphersEnd]!
  const extensions: number[] = []
  let groups: readonly number[] = []
  let pointFormats: readonly number[] = []
  let signatures: readonly number[] = []
  let versions: readonly number[] = []
  const alpn: string[] = []
  let firstAlpn: Uint8Array | undefined
  let serverName: string | undefined
  let hasVersions = false
  for (const { type, first, last } of extensionsIn(bytes, at, to)) {
    extensions.push(type)
    const size = last - first
    switch (type) {
      case 0:
        // A list of one name, of type 0.
        if (size > 5 && bytes[first + 2] === 0)
          serverName = textOf(bytes, first + 5, Math.min(last, first + 5 + u16(bytes, first + 3)), 255)
        break
      case 10:
        if (size >= 2) groups = numbers(bytes, first + 2, Math.min(last, first + 2 + u16(bytes, first)))
        break
      case 11:
        if (size >= 1) pointFormats = [...bytes.subarray(first + 1, Math.min(last, first + 1 + bytes[first]!))]
        break
      case 13:
        if (size >= 2) signatures = numbers(bytes, first + 2, Math.min(last, first + 2 + u16(bytes, first)))
        break
      case 16:
        for (let p = first + 2; p < last && alpn.length < 32; p += 1 + bytes[p]!) {
          const value = bytes.slice(p + 1, Math.min(last, p + 1 + bytes[p]!))
          firstAlpn ??= value
          alpn.push(textOf(value, 0, value.length, 255))
        }
        break
      case 43:
        hasVersions = true
        if (size >= 1) versions = numbers(bytes, first + 1, Math.min(last, first + 1 + bytes[first]!))
        break
    }
  }
  const offered = versions.filter(each => !isGrease(each))
  return {
    version,
    session: hexText(bytes.subarray(from + 35, sessionEnd)),
    ciphers,
    extensions,
    groups,
    pointFormats,
    signatures,
    versions: offered.length > 0 ? offered : [version],
    alpn,
    firstAlpn,
    serverName: serverName === '' ? undefined : serverName,
    hasVersions
  }
}

export function serverHello(bytes: Uint8Array, from: number, to: number): ServerHello | undefined {
  if (to - from < 38) return undefined
  const legacyVersion = u16(bytes, from)
  const sessionEnd = from + 35 + bytes[from + 34]!
  if (sessionEnd + 3 > to) return undefined
  const extensions: number[] = []
  let version = legacyVersion
  let alpn: string | undefined
  let preShared = false
  for (const { type, first, last } of extensionsIn(bytes, sessionEnd + 3, to)) {
    extensions.push(type)
    if (type === 43 && last - first === 2) version = u16(bytes, first)
    else if (type === 41) preShared = true
    else if (type === 16 && last - first > 3)
      alpn = textOf(bytes, first + 3, Math.min(last, first + 3 + bytes[first + 2]!), 255)
  }
  return {
    version,
    legacyVersion,
    session: hexText(bytes.subarray(from + 35, sessionEnd)),
    cipher: u16(bytes, sessionEnd),
    extensions,
    alpn,
    preShared,
    retry: hexText(bytes.subarray(from + 2, from + 34)) === retryRandom
  }
}

function numbers(bytes: Uint8Array, from: number, to: number): number[] {
  const found: number[] = []
  for (let at = from; at + 2 <= to && found.length < listMax; at += 2) found.push(u16(bytes, at))
  return found
}
