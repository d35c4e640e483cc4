/** The head of an HTTP/1 message (RFC 9112, 2 to 6): its first line, and the fields that are kept. */

import { textOf } from '../octets.ts'

export type Head = {
  readonly isRequest: boolean
  readonly version: string
  readonly method: string | undefined
  readonly target: string | undefined
  readonly status: number | undefined
  readonly reason: string | undefined
  host: string | undefined
  userAgent: string | undefined
  referrer: string | undefined
  contentType: string | undefined
  server: string | undefined
  location: string | undefined
  forwardedFor: string | undefined
  upgrade: string | undefined
  /** Of `Authorization: Basic`; the password is not kept. */
  user: string | undefined
  chunked: boolean
  length: number | undefined
}

const targetMax = 8192
const valueMax = 1024
const fieldsMax = 200

/** Behind the empty line that ends it; -1 where that is not there yet. */
export function endOfHead(bytes: Uint8Array, from: number, to: number): number {
  for (let at = bytes.indexOf(10, from); at >= 0 && at < to; at = bytes.indexOf(10, at + 1)) {
    if (at + 1 < to && bytes[at + 1] === 10) return at + 2
    if (at + 2 < to && bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3
  }
  return -1
}

export function headOf(bytes: Uint8Array, from: number, to: number): Head | undefined {
  const lines = textOf(bytes, from, to, 64 << 10).split('\n', fieldsMax)
  const head = firstLine(lines[0]!.trimEnd())
  if (head === undefined) return undefined
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!
    const colon = line.indexOf(':')
    if (colon < 1 || colon > 40) continue
    field(head, line.slice(0, colon).toLowerCase(), line.slice(colon + 1, colon + 1 + targetMax).trim())
  }
  return head
}

function firstLine(line: string): Head | undefined {
  const answer = /^HTTP\/(1\.[01]) (\d{3})(?: (.*))?$/.exec(line.slice(0, 512))
  const made: Head = {
    isRequest: answer === null,
    version: answer?.[1] ?? '',
    method: undefined,
    target: undefined,
    status: answer === null ? undefined : Number(answer[2]),
    reason: answer?.[3]?.slice(0, 128) || undefined,
    host: undefined,
    userAgent: undefined,
    referrer: undefined,
    contentType: undefined,
    server: undefined,
    location: undefined,
    forwardedFor: undefined,
    upgrade: undefined,
    user: undefined,
    chunked: false,
    length: undefined
  }
  if (answer !== null) return made
  const space = line.indexOf(' ')
  const last = line.lastIndexOf(' ')
  const version = /^HTTP\/([12]\.\d)$/.exec(line.slice(last + 1))?.[1]
  if (space < 3 || space > 16 || last <= space || version === undefined) return undefined
  const method = line.slice(0, space)
  if (!/^[A-Z_-]+$/.test(method)) return undefined
  return { ...made, version, method, target: line.slice(space + 1, Math.min(last, space + 1 + targetMax)) }
}

function field(head: Head, name: string, value: string): void {
  const kept = value.slice(0, valueMax)
  switch (name) {
    case 'host':
      head.host ??= kept
      break
    case 'user-agent':
      head.userAgent ??= kept
      break
    case 'referer':
      head.referrer ??= value
      break
    case 'content-type':
      head.contentType ??= kept
      break
    case 'server':
      head.server ??= kept
      break
    case 'location':
      head.location ??= value
      break
    case 'x-forwarded-for':
      head.forwardedFor ??= kept
      break
    case 'upgrade':
      head.upgrade ??= kept
      break
    case 'transfer-encoding':
      if (/\bchunked\b/i.test(kept)) head.chunked = true
      break
    case 'content-length':
      if (head.length === undefined && /^\d{1,15}$/.test(value)) head.length = Number(value)
      break
    case 'authorization': {
      if (!/^basic /i.test(kept)) break
      head.user = userOf(kept.slice(6).trim())
      break
    }
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** What stands before the colon of base64. */
function userOf(text: string): string | undefined {
  let name = ''
  let bits = 0
  let held = 0
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value < 0) return undefined
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    const c = (held >> bits) & 255
    if (c === 58) return name === '' ? undefined : name
    if (c < 32 || c > 126 || name.length > 64) return undefined
    name += String.fromCharCode(c)
  }
  return undefined
}
