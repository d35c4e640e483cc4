/**
 * DNS messages (RFC 1035 4): header, questions and answers. Names are followed through their pointers within bounds; octets that are
 * no printable characters are written `\ddd`.
 */

import { ipText } from '../../core/ip.ts'
import { textOf, u16, u32 } from '../octets.ts'

export type Question = { readonly name: string; readonly type: string; readonly class: string }
export type Answer = {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly data: string | undefined
}

export type DnsMessage = {
  readonly id: number
  readonly isAnswer: boolean
  readonly opcode: number
  readonly rcode: number
  readonly flags: readonly string[]
  readonly questions: readonly Question[]
  readonly answers: readonly Answer[]
  /** All that the header tells of, read or not. */
  readonly answerCount: number
}

const questionsMax = 8
const answersMax = 64
const dataMax = 512

export function dnsMessage(bytes: Uint8Array, from: number, to: number): DnsMessage | undefined {
  if (to - from < 12) return undefined
  const flags = u16(bytes, from + 2)
  const questionCount = u16(bytes, from + 4)
  const answerCount = u16(bytes, from + 6)
  const opcode = (flags >> 11) & 15
  // Something else on the port of DNS.
  if (opcode > 6 || (flags & 0x40) !== 0 || questionCount > 32) return undefined
  const questions: Question[] = []
  const answers: Answer[] = []
  const reader = new NameReader(bytes, from, to)
  let at = from + 12
  for (let i = 0; i < questionCount && i < questionsMax; i++) {
    const name = reader.name(at)
    if (name === undefined || reader.end + 4 > to) return undefined
    at = reader.end + 4
    const kind = u16(bytes, at - 2) & 0x7fff
    questions.push({ name, type: typeName(u16(bytes, at - 4)), class: classNames.get(kind) ?? String(kind) })
  }
  for (let i = 0; i < answerCount && i < answersMax; i++) {
    const name = reader.name(at)
    if (name === undefined || reader.end + 10 > to) break
    const head = reader.end
    const size = u16(bytes, head + 8)
    at = head + 10 + size
    if (at > to) break
    const type = u16(bytes, head)
    answers.push({ name, type: typeName(type), ttl: u32(bytes, head + 4), data: dataOf(reader, type, head + 10, at) })
  }
  return {
    id: u16(bytes, from),
    isAnswer: (flags & 0x8000) !== 0,
    opcode,
    rcode: flags & 15,
    flags: flagSets[(flags >> 4) & 127]!,
    questions,
    answers,
    answerCount
  }
}

const flagNames: readonly (readonly [number, string])[] = [
  [0x40, 'AA'],
  [0x20, 'TC'],
  [0x10, 'RD'],
  [0x08, 'RA'],
  [0x02, 'AD'],
  [0x01, 'CD']
]
const flagSets: readonly (readonly string[])[] = Array.from({ length: 128 }, (_, bits) =>
  flagNames.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)
)

class NameReader {
  readonly bytes: Uint8Array
  readonly #from: number
  readonly #to: number
  /** Behind the name that was read last, where it stood. */
  end = 0

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.bytes = bytes
    this.#from = from
    this.#to = to
  }

  name(start: number): string | undefined {
    const { bytes } = this
    let at = start
    let text = ''
    let size = 0
    let jumped = false
    for (let steps = 0; steps < 160; steps++) {
      if (at >= this.#to) return undefined
      const length = bytes[at]!
      if (length === 0) {
        if (!jumped) this.end = at + 1
        return text === '' ? '.' : text
      }
      if (length >= 0xc0) {
        if (at + 2 > this.#to) return undefined
        const target = this.#from + (((length & 0x3f) << 8) | bytes[at + 1]!)
        if (!jumped) this.end = at + 2
        jumped = true
        // Only ever back: no circle.
        if (target >= at) return undefined
        at = target
        continue
      }
      if (length > 63 || at + 1 + length > this.#to) return undefined
      size += length + 1
      if (size > 255) return undefined
      text += (text === '' ? '' : '.') + labelText(bytes, at + 1, at + 1 + length)
      at += 1 + length
    }
    return undefined
  }
}

function labelText(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) {
    const c = bytes[i]!
    if (c === 0x2e || c === 0x5c) text += '\\' + String.fromCharCode(c)
    else if (c > 32 && c < 127) text += String.fromCharCode(c)
    else text += '\\' + String(c).padStart(3, '0')
  }
  return text
}

const address = new Uint8Array(16)

function dataOf(reader: NameReader, type: number, from: number, to: number): string | undefined {
  const { bytes } = reader
  switch (type) {
    case 1:
      return to - from === 4 ? `${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}` : undefined
    case 28:
      if (to - from !== 16) return undefined
      address.set(bytes.subarray(from, to))
      return ipText(address, 0)
    case 2:
    case 5:
    case 12:
    case 39:
      return reader.name(from)
    case 6: {
      const primary = reader.name(from)
      const mail = primary === undefined ? undefined : reader.name(reader.end)
      if (mail === undefined || reader.end + 20 > to) return primary
      return `${primary} ${mail} ${u32(bytes, reader.end)}`
    }
    case 15: {
      const name = to - from < 3 ? undefined : reader.name(from + 2)
      return name === undefined ? undefined : `${u16(bytes, from)} ${name}`
    }
    case 16: {
      const texts: string[] = []
      for (let at = from; at < to && texts.length < 16; at += 1 + bytes[at]!) {
        const end = Math.min(to, at + 1 + bytes[at]!)
        texts.push(textOf(bytes, at + 1, end, dataMax))
      }
      return texts.join(' ').slice(0, dataMax)
    }
    case 33: {
      const name = to - from < 7 ? undefined : reader.name(from + 6)
      if (name === undefined) return undefined
      return `${u16(bytes, from)} ${u16(bytes, from + 2)} ${u16(bytes, from + 4)} ${name}`
    }
    case 64:
    case 65: {
      const name = to - from < 3 ? undefined : reader.name(from + 2)
      return name === undefined ? undefined : `${u16(bytes, from)} ${name}`
    }
    default:
      return undefined
  }
}

const classNames = new Map([
  [1, 'IN'],
  [3, 'CH'],
  [4, 'HS'],
  [254, 'NONE'],
  [255, 'ANY']
])

const typeNames = new Map<number, string>([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [10, 'NULL'],
  [12, 'PTR'],
  [13, 'HINFO'],
  [15, 'MX'],
  [16, 'TXT'],
  [17, 'RP'],
  [18, 'AFSDB'],
  [25, 'KEY'],
  [28, 'AAAA'],
  [29, 'LOC'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [36, 'KX'],
  [37, 'CERT'],
  [39, 'DNAME'],
  [41, 'OPT'],
  [43, 'DS'],
  [44, 'SSHFP'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [50, 'NSEC3'],
  [51, 'NSEC3PARAM'],
  [52, 'TLSA'],
  [53, 'SMIMEA'],
  [59, 'CDS'],
  [60, 'CDNSKEY'],
  [61, 'OPENPGPKEY'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [99, 'SPF'],
  [249, 'TKEY'],
  [250, 'TSIG'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
  [256, 'URI'],
  [257, 'CAA']
])

const typeName = (type: number): string => typeNames.get(type) ?? `TYPE${type}`

const rcodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE'
]

export const rcodeName = (rcode: number): string => rcodes[rcode] ?? String(rcode)
