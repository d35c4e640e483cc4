/**
 * The journal's export format (`journalctl -o export`, systemd-journal-remote's uploads) as the JSON of `journalctl -o json`.
 *   stream = { entry LF }
 *   entry  = { field }                                    an empty line ends it
 *   field  = NAME "=" text LF                             text without line breaks
 *          | NAME LF size64le bytes LF                    anything else
 */

import type { Decoder } from '../decoders.ts'
import { journaldDescription } from './description.ts'

const fieldBytesMax = 1_048_576
const nameBytesMax = 256
const fieldsMax = 1024

export const journalExport: Decoder = {
  name: 'journal-export',
  title: 'systemd journal, export format',
  format: 'journald',
  claims,
  decode,
  description: journaldDescription
}

/** `journalctl` begins each entry with its cursor; others with its time. */
function claims(head: Uint8Array): boolean {
  return ['__CURSOR=s=', '__REALTIME_TIMESTAMP='].some(start => {
    for (let i = 0; i < start.length; i++) if (head[i] !== start.charCodeAt(i)) return false
    return true
  })
}

type Value = string | number[] | (string | number[])[]

async function* decode(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], void> {
  let held = new Uint8Array(0)
  let entry: Record<string, Value> = {}
  let fields = 0
  let damage: string | undefined
  let skipped = 0
  let out: string[] = []
  /** Bytes of a value that is too long, still to be passed over. */
  let passing = 0
  const finish = () => {
    if (fields > 0) out.push(JSON.stringify(entry))
    entry = {}
    fields = 0
  }
  for await (const piece of bytes) {
    held = joined(held, piece)
    let at = 0
    for (;;) {
      if (passing > 0) {
        const step = Math.min(passing, held.length - at)
        passing -= step
        at += step
        if (passing > 0) break
      }
      const newline = held.indexOf(10, at)
      if (newline < 0) {
        // A text field without an end.
        if (held.length - at > fieldBytesMax + nameBytesMax) {
          damage ??= `a field longer than ${fieldBytesMax} bytes`
          skipped++
          at = held.length
        }
        break
      }
      if (newline === at) {
        finish()
        at++
        continue
      }
      const equals = held.subarray(at, Math.min(newline, at + nameBytesMax)).indexOf(61)
      if (equals > 0) {
        if (fields < fieldsMax)
          add(entry, ascii(held.subarray(at, at + equals)), held.subarray(at + equals + 1, newline))
        fields++
        at = newline + 1
        continue
      }
      if (!isName(held.subarray(at, newline))) {
        damage ??= 'a line that is neither a field nor a field’s name'
        skipped++
        at = newline + 1
        continue
      }
      if (held.length < newline + 9) break
      const size = sizeAt(held, newline + 1)
      if (size > fieldBytesMax) {
        damage ??= `a field of ${size} bytes`
        skipped++
        passing = size + 1
        at = newline + 9
        continue
      }
      if (held.length < newline + 9 + size + 1) break
      if (fields < fieldsMax)
        add(entry, ascii(held.subarray(at, newline)), held.subarray(newline + 9, newline + 9 + size))
      fields++
      at = newline + 9 + size + 1
    }
    held = held.slice(at)
    if (out.length > 0) {
      yield out
      out = []
    }
  }
  if (held.length > 0 && passing === 0) {
    const equals = held.subarray(0, nameBytesMax).indexOf(61)
    if (equals > 0 && !held.includes(10)) add(entry, ascii(held.subarray(0, equals)), held.subarray(equals + 1))
    else damage ??= 'the export ended early, within a field'
    fields++
  } else if (passing > 0) damage ??= 'the export ended early, within a field'
  finish()
  if (out.length > 0) yield out
  if (damage !== undefined) throw new Error(skipped > 1 ? `${damage}, and ${skipped - 1} more such` : damage)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length)
  out.set(a, 0)
  out.set(b, a.length)
  return out
}

/** A field that is there several times is a list, as journalctl has it. */
function add(entry: Record<string, Value>, name: string, bytes: Uint8Array): void {
  if (name === '__proto__') return
  const value = textOrBytes(bytes)
  const there = Object.hasOwn(entry, name) ? entry[name] : undefined
  if (there === undefined) entry[name] = value
  else if (Array.isArray(there) && (there.length === 0 || typeof there[0] !== 'number')) {
    if (there.length < 256) (there as (string | number[])[]).push(value)
  } else entry[name] = [there as string | number[], value]
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOrBytes(bytes: Uint8Array): string | number[] {
  try {
    return strict.decode(bytes)
  } catch {
    return [...bytes]
  }
}

function ascii(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function isName(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length > nameBytesMax) return false
  for (const byte of bytes) if (!((byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte === 95)) return false
  return true
}

/** 64 bits, little-endian; more than 2^53 is as good as infinite. */
function sizeAt(bytes: Uint8Array, at: number): number {
  let size = 0
  for (let i = 7; i >= 0; i--) size = size * 256 + bytes[at + i]!
  return size
}
