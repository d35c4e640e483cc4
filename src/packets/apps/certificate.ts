/** What a certificate says (X.509, RFC 5280), out of its DER: names, validity, alternative names, serial number; and its hashes. */

import { ipText } from '../../core/ip.ts'
import { hexText } from '../../core/md5.ts'
import { sha1 } from '../../core/sha1.ts'
import { sha256Hex } from '../../core/sha256.ts'
import { daysFromCivil, isoText } from '../../core/time.ts'
import { textOf } from '../octets.ts'

export type Certificate = {
  readonly subject: string | undefined
  readonly issuer: string | undefined
  readonly serial: string | undefined
  readonly not_before: string | undefined
  readonly not_after: string | undefined
  readonly names: readonly string[] | undefined
  readonly sha1: string
  readonly sha256: string
}

const namesMax = 100

export function certificateOf(bytes: Uint8Array, from: number, to: number): Certificate | undefined {
  const outer = elementAt(bytes, from, to)
  const inner = outer?.tag === 0x30 ? elementAt(bytes, outer.from, outer.to) : undefined
  if (inner?.tag !== 0x30) return undefined
  const fields = children(bytes, inner, 16)
  // The version stands first, where it is not the first version.
  const at = fields[0]?.tag === 0xa0 ? 1 : 0
  const [serial, , issuer, validity, subject] = fields.slice(at, at + 5)
  if (serial?.tag !== 2 || issuer?.tag !== 0x30 || validity?.tag !== 0x30 || subject?.tag !== 0x30) return undefined
  const [notBefore, notAfter] = children(bytes, validity, 2)
  const der = bytes.subarray(from, to)
  return {
    subject: nameText(bytes, subject),
    issuer: nameText(bytes, issuer),
    serial: hexText(bytes.subarray(serial.from, Math.min(serial.to, serial.from + 32)))
      .replace(/^(?:00)+(?=..)/, '')
      .toUpperCase(),
    not_before: notBefore && timeText(bytes, notBefore),
    not_after: notAfter && timeText(bytes, notAfter),
    names: alternativeNames(
      bytes,
      fields.find(({ tag }) => tag === 0xa3)
    ),
    sha1: hexText(sha1(der)),
    sha256: sha256Hex(der)
  }
}

type Element = { readonly tag: number; readonly from: number; readonly to: number }

function elementAt(bytes: Uint8Array, at: number, end: number): Element | undefined {
  if (at + 2 > end) return undefined
  let size = bytes[at + 1]!
  let from = at + 2
  if (size >= 0x80) {
    const octets = size & 0x7f
    if (octets < 1 || octets > 3 || from + octets > end) return undefined
    size = 0
    for (let i = 0; i < octets; i++) size = (size << 8) | bytes[from + i]!
    from += octets
  }
  return from + size > end ? undefined : { tag: bytes[at]!, from, to: from + size }
}

function children(bytes: Uint8Array, of: { readonly from: number; readonly to: number }, max: number): Element[] {
  const found: Element[] = []
  for (let at = of.from; at < of.to && found.length < max; ) {
    const element = elementAt(bytes, at, of.to)
    if (element === undefined) break
    found.push(element)
    at = element.to
  }
  return found
}

const attributes = new Map([
  ['550403', 'CN'],
  ['550405', 'serialNumber'],
  ['550406', 'C'],
  ['550407', 'L'],
  ['550408', 'ST'],
  ['550409', 'STREET'],
  ['55040a', 'O'],
  ['55040b', 'OU'],
  ['2a864886f70d010901', 'emailAddress'],
  ['0992268993f22c640119', 'DC'],
  ['0992268993f22c640101', 'UID']
])

/** `C=US, O=Example, CN=example.com`, in the order in which it stands. */
function nameText(bytes: Uint8Array, name: Element): string | undefined {
  const parts: string[] = []
  for (const set of children(bytes, name, 32))
    for (const pair of children(bytes, set, 8)) {
      const [type, value] = children(bytes, pair, 2)
      if (type?.tag !== 6 || value === undefined) continue
      const known = attributes.get(hexText(bytes.subarray(type.from, Math.min(type.to, type.from + 16))))
      if (known !== undefined) parts.push(`${known}=${valueText(bytes, value)}`)
    }
  return parts.length === 0 ? undefined : parts.join(', ').slice(0, 2048)
}

function valueText(bytes: Uint8Array, { tag, from, to }: Element): string {
  // BMPString: two octets a character. The rest is near enough to UTF-8.
  if (tag !== 30) return textOf(bytes, from, to, 512)
  let text = ''
  for (let at = from; at + 1 < to && text.length < 256; at += 2)
    text += String.fromCharCode((bytes[at]! << 8) | bytes[at + 1]!)
  return text
}

/** UTCTime and GeneralizedTime, in UTC as RFC 5280 wants it. */
function timeText(bytes: Uint8Array, { tag, from, to }: Element): string | undefined {
  const text = textOf(bytes, from, to, 20)
  const found = (
    tag === 23 ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/
  ).exec(text)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1).map(part => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined
  const full = tag === 23 ? year + (year < 50 ? 2000 : 1900) : year
  const days = daysFromCivil(full, month, day)
  return `${isoText((days * 86_400 + hour * 3600 + minute * 60 + second) * 1e6, 0)}Z`
}

/** DNS names, addresses and mail addresses of `subjectAltName` (2.5.29.17). */
function alternativeNames(bytes: Uint8Array, extensions: Element | undefined): readonly string[] | undefined {
  const list = extensions && elementAt(bytes, extensions.from, extensions.to)
  if (list === undefined) return undefined
  for (const extension of children(bytes, list, 64)) {
    const parts = children(bytes, extension, 3)
    const type = parts[0]
    if (type?.tag !== 6 || hexText(bytes.subarray(type.from, Math.min(type.to, type.from + 8))) !== '551d11') continue
    const value = parts.at(-1)
    const names = value?.tag === 4 ? elementAt(bytes, value.from, value.to) : undefined
    if (names === undefined) return undefined
    const found: string[] = []
    for (const { tag, from, to } of children(bytes, names, namesMax)) {
      if (tag === 0x82 || tag === 0x81 || tag === 0x86) found.push(textOf(bytes, from, to, 255))
      else if (tag === 0x87 && to - from === 4)
        found.push(`${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}`)
      else if (tag === 0x87 && to - from === 16) found.push(ipText(bytes.slice(from, to), 0))
    }
    return found.length === 0 ? undefined : found
  }
  return undefined
}
