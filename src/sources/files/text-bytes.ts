/**
 * What every text format wants: UTF-8 without a byte order mark. UTF-16 (as Windows tools write it) is transcoded.
 * Also: what is no text at all.
 */
import type { ByteReader } from './byte-reader.ts'

/** The stream as UTF-8, after its byte order mark. */
export async function* asUtf8(reader: ByteReader): AsyncGenerator<Buffer, void> {
  const head = await reader.peek(64)
  const encoding = utf16Of(head)
  if (encoding === undefined) {
    if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) await reader.take(3)
    yield* reader.rest()
    return
  }
  // The decoder drops the mark.
  const decoder = new TextDecoder(encoding)
  for await (const piece of reader.rest()) {
    const text = decoder.decode(piece, { stream: true })
    if (text !== '') yield Buffer.from(text)
  }
  const last = decoder.decode()
  if (last !== '') yield Buffer.from(last)
}

/** By its mark, or by every other byte being zero. */
export function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (head.length < 16) return undefined
  let even = 0
  let odd = 0
  const pairs = head.length >> 1
  for (let at = 0; at < pairs * 2; at += 2) {
    if (head[at] === 0) even++
    if (head[at + 1] === 0) odd++
  }
  if (even === 0 && odd === pairs) return 'utf-16le'
  return odd === 0 && even === pairs ? 'utf-16be' : undefined
}

/** Signatures that no text begins with, and those that a text could begin with (then its control characters decide). */
const signatures: readonly (readonly [hex: string, sure: boolean, what: string])[] = [
  ['d4c3b2a1', true, 'a packet capture (pcap)'],
  ['a1b2c3d4', true, 'a packet capture (pcap)'],
  ['4d3cb2a1', true, 'a packet capture (pcap)'],
  ['a1b23c4d', true, 'a packet capture (pcap)'],
  ['0a0d0d0a', false, 'a packet capture (pcapng)'],
  ['456c6646696c6500', true, 'a Windows event log (evtx)'],
  ['53514c69746520666f726d6174203300', true, 'an SQLite database'],
  ['50415231', false, 'Parquet'],
  ['4f626a01', true, 'Avro'],
  ['425a68', false, 'compressed by bzip2'],
  ['fd377a585a00', true, 'compressed by xz'],
  ['04224d18', true, 'compressed by lz4'],
  ['377abcaf271c', true, 'a 7z archive'],
  ['526172211a07', true, 'a RAR archive'],
  ['25504446', false, 'a PDF'],
  ['7f454c46', true, 'a program (ELF)'],
  ['89504e47', true, 'an image']
]

/** What a stream is that is no text, from its first bytes: a reason, or undefined for text. */
export function binaryReason(head: Buffer): string | undefined {
  const hex = head.toString('hex', 0, 16)
  const known = signatures.find(([signature]) => hex.startsWith(signature))
  if (known?.[1] !== true && !isBinary(head)) return undefined
  return known === undefined ? 'binary file' : `binary file: ${known[2]}`
}

function isBinary(head: Buffer): boolean {
  let zeros = 0
  let controls = 0
  for (let at = 0; at < head.length; at++) {
    const byte = head[at]!
    if (byte === 0) zeros++
    // Tab to carriage return, escape and the record separator occur in logs.
    else if ((byte < 32 && (byte < 9 || byte > 13) && byte !== 27 && byte !== 30) || byte === 127) controls++
  }
  // A log file after a crash may begin with a stretch of zeros: the text behind it counts.
  const others = head.length - zeros
  return head.length > 0 && (others === 0 || controls > others * 0.05)
}
