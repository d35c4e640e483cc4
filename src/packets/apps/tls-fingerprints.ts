/**
 * Fingerprints of TLS clients and servers: JA3 and JA3S (https://github.com/salesforce/ja3) and JA4
 * (https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md; the TLS client's is under the BSD licence, and the only one of that family
 * that is made here).
 */

import { hexText, md5Hex } from '../../core/md5.ts'
import { sha256Hex } from '../../core/sha256.ts'
import { asciiBytes } from '../octets.ts'
import { type ClientHello, isGrease, type ServerHello } from './tls-hello.ts'

const listed = (values: readonly number[]): string => values.filter(value => !isGrease(value)).join('-')

export function ja3Of(hello: ClientHello): { readonly ja3: string; readonly ja3_full: string } {
  const full = [
    hello.version,
    listed(hello.ciphers),
    listed(hello.extensions),
    listed(hello.groups),
    hello.pointFormats.join('-')
  ].join(',')
  return { ja3: md5Hex(asciiBytes(full)), ja3_full: full }
}

export function ja3sOf(answer: ServerHello): { readonly ja3s: string; readonly ja3s_full: string } {
  const full = [answer.legacyVersion, answer.cipher, listed(answer.extensions)].join(',')
  return { ja3s: md5Hex(asciiBytes(full)), ja3s_full: full }
}

export function ja4Of(hello: ClientHello, transport: 't' | 'q' | 'd'): string {
  const ciphers = hello.ciphers.filter(value => !isGrease(value))
  const extensions = hello.extensions.filter(value => !isGrease(value))
  const head = [
    transport,
    ja4Versions.get(hello.hasVersions ? Math.max(...hello.versions) : hello.version) ?? '00',
    hello.extensions.includes(0) ? 'd' : 'i',
    count(ciphers.length),
    count(extensions.length),
    ja4Alpn(hello.firstAlpn)
  ].join('')
  const sorted = extensions
    .filter(type => type !== 0 && type !== 16)
    .map(hex4)
    .sort()
    .join(',')
  const signatures = hello.signatures.filter(value => !isGrease(value)).map(hex4)
  return [
    head,
    ja4Hash(ciphers.map(hex4).sort().join(',')),
    sorted === '' ? zeros : ja4Hash(signatures.length > 0 ? `${sorted}_${signatures.join(',')}` : sorted)
  ].join('_')
}

const ja4Versions = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
  [0xfeff, 'd1'],
  [0xfefd, 'd2'],
  [0xfefc, 'd3']
])

const zeros = '000000000000'
const ja4Hash = (text: string): string => (text === '' ? zeros : sha256Hex(asciiBytes(text)).slice(0, 12))
const count = (size: number): string => String(Math.min(99, size)).padStart(2, '0')
const hex4 = (value: number): string => value.toString(16).padStart(4, '0')

/** First and last character of the first protocol; of its hexadecimal form, where one is neither letter nor digit. */
export function ja4Alpn(first: Uint8Array | undefined): string {
  if (first === undefined || first.length === 0) return '00'
  const [start, end] = [first[0]!, first[first.length - 1]!]
  if (isAlphanumeric(start) && isAlphanumeric(end)) return String.fromCharCode(start, end)
  const hex = hexText(first)
  return hex[0]! + hex[hex.length - 1]!
}

const isAlphanumeric = (c: number): boolean =>
  (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a)
