/**
 * Values in their normal form: what a feed writes and what an event holds become the same text, if they mean the same. Defanged
 * spellings (`hxxps://evil[.]example`) are understood in what feeds and people write; events are never refanged.
 */

import { ipText, writeIp } from '../core/ip.ts'
import { parseCidr } from '../filter/address.ts'
import type { IndicatorType } from './indicator.ts'

const valueLengthMax = 2048
const bytes = new Uint8Array(16)

/** The value's normal form as an indicator of that type, or undefined if it is none. Patterns are kept as they are. */
export function normalValue(type: IndicatorType, given: string): string | undefined {
  if (given.length > (type === 'pattern' ? 65_536 : valueLengthMax)) return undefined
  switch (type) {
    case 'ip':
      return normalIp(refang(given))
    case 'cidr':
      return normalCidr(refang(given))
    case 'domain':
      return normalDomain(refang(given))
    case 'url':
      return normalUrl(refang(given))
    case 'md5':
    case 'ja3':
    case 'ja3s':
      return normalHex(given, 32)
    case 'sha1':
      return normalHex(given, 40)
    case 'sha256':
      return normalHex(given, 64)
    case 'sha512':
      return normalHex(given, 128)
    case 'email':
      return normalEmail(refang(given))
    case 'ja4':
      return normalJa4(given)
    case 'user-agent':
      return normalUserAgent(given)
    case 'pattern':
      return given.trim() === '' ? undefined : given.trim()
  }
}

/**
 * Undoes what people do to keep others from clicking: `hxxp`, `h**p`, `[.]`, `(.)`, `{.}`, `[dot]`, `[:]`, `[://]`, `[@]`, `[at]`, `\.`.
 * Only spellings that no real value has.
 */
export function refang(text: string): string {
  let out = text.trim()
  if (/[[({\\]/.test(out)) {
    out = out
      .replace(/\[:\/\/\]|\[:\]\/\//g, '://')
      .replace(/\[:\]/g, ':')
      .replace(/\[\/\]/g, '/')
      .replace(/ ?(?:\[\.\]|\(\.\)|\{\.\}|\[\.|(?<=\w)\.\]|\\\.) ?/g, '.')
      .replace(/ ?(?:\[dot\]|\(dot\)|\{dot\}) ?/gi, '.')
      .replace(/ ?(?:\[@\]|\(@\)|\[at\]|\(at\)|\{at\}) ?/gi, '@')
  }
  return out
    .replace(/^(?:hxxp|hXXp|h\*\*p|hxtp|htxp|meow)(s?):\/\//i, 'http$1://')
    .replace(/^fxp(s?):\/\//i, 'ftp$1://')
}

export function normalIp(text: string): string | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  return writeIp(bare, bytes, 0) ? ipText(bytes, 0) : undefined
}

/** A network with its host bits cleared: `192.0.2.7/24` → `192.0.2.0/24`; one of a single address is undefined (that is an `ip`). */
export function normalCidr(text: string): string | undefined {
  const network = parseCidr(text)
  if (network === undefined) return undefined
  const prefix = Number(text.slice(text.indexOf('/') + 1))
  const four = !text.includes(':')
  if (prefix === (four ? 32 : 128)) return undefined
  return `${ipText(network.first, 0)}/${prefix}`
}

/**
 * A host name in lower case and ASCII (punycode), without its last dot. A name has two labels at least, and its last one is not a number;
 * underscores are allowed, as DNS has them. A leading `*.` is dropped: a domain stands for what is below it anyway.
 */
export function normalDomain(text: string): string | undefined {
  let name = text.toLowerCase()
  if (name.endsWith('.')) name = name.slice(0, -1)
  if (name.startsWith('*.')) name = name.slice(2)
  if (name.startsWith('.')) name = name.slice(1)
  if (!isAscii(name)) {
    const ascii = punycode(name)
    if (ascii === undefined) return undefined
    name = ascii
  }
  return isHostName(name) ? name : undefined
}

const hostName = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)$/

function isHostName(name: string): boolean {
  return name.length <= 253 && hostName.test(name)
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** UTS #46 as the platform's URL parser does it. */
function punycode(name: string): string | undefined {
  if (/[\s/?#@:%[\]\\]/.test(name)) return undefined
  return URL.parse(`http://${name}/`)?.hostname
}

/**
 * An address of the web: scheme and host in lower case, no default port, no fragment, no empty path; percent-encoding as the URL standard
 * writes it. Anything with `://` in front of a host.
 */
export function normalUrl(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/]/i.test(text)) return undefined
  const url = URL.parse(text)
  if (url === null || url.hostname === '') return undefined
  url.hash = ''
  const href = url.href
  return href.length > valueLengthMax ? undefined : href
}

function normalHex(given: string, length: number): string | undefined {
  const text = given.trim().toLowerCase()
  return text.length === length && /^[0-9a-f]+$/.test(text) ? text : undefined
}

/** A mail address: all of it in lower case (no provider that matters tells cases apart), the domain in its normal form. */
export function normalEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  if (at < 1 || at > 64) return undefined
  const local = text.slice(0, at).replace(/^mailto:/i, '')
  if (local === '' || /[\s<>"(),;:@[\]]/.test(local)) return undefined
  const domain = normalDomain(text.slice(at + 1))
  return domain === undefined ? undefined : `${local.toLowerCase()}@${domain}`
}

/** `t13d1516h2_8daaf6152771_b186095e22b6`; JA4S and its kin have other shapes and are not meant. */
function normalJa4(given: string): string | undefined {
  const text = given.trim().toLowerCase()
  return /^[tqd][0-9s][0-9][di][0-9]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/.test(text) ? text : undefined
}

function normalUserAgent(given: string): string | undefined {
  const text = given.trim().toLowerCase()
  return text === '' ? undefined : text
}

/** A value whose type nobody said: what it can only be, in its normal form. Undefined for words. */
export function recogniseValue(
  given: string
): { readonly type: IndicatorType; readonly value: string; readonly port?: number } | undefined {
  if (given.length > valueLengthMax) return undefined
  const text = refang(given)
  if (text === '') return undefined
  if (text.includes('://')) return found('url', normalUrl(text))
  if (/^[0-9a-fA-F]{32,128}$/.test(text)) {
    const type = hashTypes[text.length]
    return type === undefined ? undefined : found(type, text.toLowerCase())
  }
  if (text.includes('@')) return found('email', normalEmail(text))
  if (text.includes('/')) {
    const cidr = normalCidr(text)
    if (cidr !== undefined) return found('cidr', cidr)
    const slash = text.indexOf('/')
    if (/\/(?:32|128)$/.test(text)) return found('ip', normalIp(text.slice(0, slash)))
    // `evil.example/path`, written without its scheme.
    const host = text.slice(0, slash).replace(/:\d{1,5}$/, '')
    if (normalDomain(host) === undefined && normalIp(host) === undefined) return undefined
    return found('url', normalUrl(`http://${text}`))
  }
  const ip = normalIp(text)
  if (ip !== undefined) return found('ip', ip)
  const withPort = /^(.+):(\d{1,5})$/.exec(text)
  if (withPort !== null) {
    const port = Number(withPort[2])
    if (port > 65_535 || withPort[1]!.includes(':') !== withPort[1]!.startsWith('[')) return undefined
    const address = normalIp(withPort[1]!)
    if (address !== undefined) return port === 0 ? { type: 'ip', value: address } : { type: 'ip', value: address, port }
    return found('domain', normalDomain(withPort[1]!))
  }
  const ja4 = normalJa4(text)
  if (ja4 !== undefined) return found('ja4', ja4)
  return found('domain', normalDomain(text))
}

const hashTypes: Readonly<Record<number, IndicatorType>> = { 32: 'md5', 40: 'sha1', 64: 'sha256', 128: 'sha512' }

function found(type: IndicatorType, value: string | undefined): { type: IndicatorType; value: string } | undefined {
  return value === undefined ? undefined : { type, value }
}
