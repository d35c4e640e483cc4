/**
 * Export packets of NetFlow version 5, version 9 and IPFIX into records: one datagram in, JSON objects out. Pure; the templates that
 * exporters send are kept per exporter and observation domain, a bounded number of them. For UDP, for files and for captures.
 *
 *   v5     = version count uptime seconds nanoseconds sequence engine-type engine-id sampling *record            (24 + n * 48 octets)
 *   v9     = version count uptime seconds sequence source-id *set                                                (RFC 3954)
 *   ipfix  = version length seconds sequence domain *set                                                         (RFC 7011)
 *   set    = id length content       v9: 0 templates, 1 options templates; IPFIX: 2, 3; from 256 on: data of that template
 */

import { isoMs } from '../../core/time.ts'
import { elementOf } from './elements.ts'
import { u16, u32 } from './octets.ts'
import { readTemplates, type Template } from './templates.ts'
import { elementValue, type FlowValue, hex } from './values.ts'

export type FlowRecord = {
  readonly type: 'netflow_flow' | 'netflow_options'
  /** When it was exported. */
  readonly timestamp: string
  readonly exporter: Readonly<Record<string, FlowValue | undefined>>
  readonly netflow: Readonly<Record<string, unknown>>
}

export type Decoded = {
  readonly records: readonly FlowRecord[]
  /** Data sets whose template is not known (yet): kept, and decoded when it comes. */
  readonly waiting: number
  /** Why the packet, or the rest of it, could not be read. */
  readonly problem: string | undefined
}

type Exporter = FlowRecord['exporter']
type Pending = {
  readonly id: number
  readonly bytes: Uint8Array
  readonly exporter: Exporter
  readonly timestamp: string
}
type Session = { readonly templates: Map<number, Template>; pending: Pending[] }

const sessionsMax = 1024
const templatesMax = 1024
const pendingMax = 64
const recordsMax = 4096

/** A data set that no template came for in time. */
export type LostSet = { readonly id: number; readonly bytes: Uint8Array; readonly address: string }

export class FlowDecoder {
  readonly #sessions = new Map<string, Session>()
  #lost: LostSet[] = []

  /** `address`: the exporter's, with its port. The datagram is not kept. */
  decode(datagram: Uint8Array, address: string): Decoded {
    const version = datagram.length < 4 ? -1 : u16(datagram, 0)
    if (version === 5) return decodeV5(datagram, address)
    if (version === 9) return this.#decodeSets(datagram, address, 9)
    if (version === 10) return this.#decodeSets(datagram, address, 10)
    return { records: [], waiting: 0, problem: `no NetFlow 5 or 9 and no IPFIX: version ${version}` }
  }

  /** Data sets that still wait for their template. */
  get waiting(): number {
    let count = 0
    for (const { pending } of this.#sessions.values()) count += pending.length
    return count
  }

  /** The data sets given up since this was asked last: too many waited. `all`: those that still wait are given up, too. */
  takeLost(all = false): readonly LostSet[] {
    if (all) {
      for (const session of this.#sessions.values()) this.#abandon(session)
    }
    const lost = this.#lost
    this.#lost = []
    return lost
  }

  #abandon(session: Session): void {
    for (const { id, bytes, exporter } of session.pending)
      this.#lost.push({ id, bytes, address: String(exporter['address']) })
    session.pending = []
  }

  #decodeSets(datagram: Uint8Array, address: string, version: 9 | 10): Decoded {
    const headerSize = version === 9 ? 20 : 16
    if (datagram.length < headerSize) return { records: [], waiting: 0, problem: 'a header cut short' }
    const seconds = u32(datagram, version === 9 ? 8 : 4)
    const sourceId = u32(datagram, version === 9 ? 16 : 12)
    const timestamp = isoMs(seconds * 1_000_000)
    const exporter: Exporter = {
      version,
      timestamp,
      uptime_millis: version === 9 ? u32(datagram, 4) : 0,
      address,
      source_id: sourceId
    }
    const session = this.#session(`${address} ${version} ${sourceId}`)
    const end = version === 10 ? Math.min(datagram.length, u16(datagram, 2)) : datagram.length
    const records: FlowRecord[] = []
    let waiting = 0
    let at = headerSize
    while (at + 4 <= end) {
      const id = u16(datagram, at)
      const length = u16(datagram, at + 2)
      if (length < 4 || at + length > end) return { records, waiting, problem: `a set of ${length} octets` }
      const body = datagram.subarray(at + 4, at + length)
      if (id === 0 || id === 1 || id === 2 || id === 3) {
        const problem = this.#learn(session, body, id, version, records)
        if (problem !== undefined) return { records, waiting, problem }
      } else if (id >= 256) {
        const template = session.templates.get(id)
        if (template !== undefined) readData(body, template, exporter, timestamp, records)
        else {
          waiting++
          const set = { id, bytes: body.slice(), exporter, timestamp }
          if (session.pending.length < pendingMax) session.pending.push(set)
          else this.#lost.push({ id, bytes: set.bytes, address })
        }
      }
      at += length
    }
    return { records, waiting, problem: undefined }
  }

  #learn(session: Session, body: Uint8Array, id: number, version: 9 | 10, records: FlowRecord[]): string | undefined {
    const { templates, problem } = readTemplates(body, id === 1 || id === 3, version)
    for (const template of templates) {
      session.templates.delete(template.id)
      if (template.fields.length === 0) continue
      session.templates.set(template.id, template)
      if (session.templates.size > templatesMax) session.templates.delete(session.templates.keys().next().value!)
      if (session.pending.length === 0) continue
      const mine = session.pending.filter(one => one.id === template.id)
      session.pending = session.pending.filter(one => one.id !== template.id)
      for (const one of mine) readData(one.bytes, template, one.exporter, one.timestamp, records)
    }
    return problem
  }

  #session(key: string): Session {
    let session = this.#sessions.get(key)
    if (session === undefined) {
      session = { templates: new Map(), pending: [] }
      if (this.#sessions.size >= sessionsMax) {
        const [oldest, oldSession] = this.#sessions.entries().next().value!
        this.#abandon(oldSession)
        this.#sessions.delete(oldest)
      }
    } else this.#sessions.delete(key)
    // The one heard of last is the last to go.
    this.#sessions.set(key, session)
    return session
  }
}

function readData(
  bytes: Uint8Array,
  template: Template,
  exporter: Exporter,
  timestamp: string,
  records: FlowRecord[]
): void {
  let at = 0
  // What is shorter than a record is padding.
  while (at + template.lengthMin <= bytes.length && template.lengthMin > 0 && records.length < recordsMax) {
    const scope: Record<string, FlowValue> = {}
    const fields: Record<string, FlowValue> = {}
    for (let i = 0; i < template.fields.length; i++) {
      const field = template.fields[i]!
      let { length } = field
      if (length === 65535) {
        // RFC 7011, 7: the length stands in front; 255 says that it is two octets more.
        if (at >= bytes.length) return
        length = bytes[at++]!
        if (length === 255) {
          if (at + 2 > bytes.length) return
          length = u16(bytes, at)
          at += 2
        }
      }
      if (at + length > bytes.length) return
      const target = i < template.scopes ? scope : fields
      const known = field.element
      if (known === undefined) {
        if (length > 0) target[field.name] = hex(bytes, at, Math.min(length, 1024), '')
      } else if (known.name !== 'padding_octets') {
        const value = elementValue(known.type, bytes, at, length)
        if (value !== undefined) target[known.name] = value
      }
      at += length
    }
    records.push(
      template.scopes > 0
        ? { type: 'netflow_options', timestamp, exporter, netflow: { scope, options: fields } }
        : { type: 'netflow_flow', timestamp, exporter, netflow: fields }
    )
  }
}

/** Information elements in the order of a version 5 record; 0 is padding. */
const v5Fields: readonly (readonly [id: number, length: number])[] = [
  [8, 4],
  [12, 4],
  [15, 4],
  [10, 2],
  [14, 2],
  [2, 4],
  [1, 4],
  [22, 4],
  [21, 4],
  [7, 2],
  [11, 2],
  [0, 1],
  [6, 1],
  [4, 1],
  [5, 1],
  [16, 2],
  [17, 2],
  [9, 1],
  [13, 1],
  [0, 2]
]

function decodeV5(bytes: Uint8Array, address: string): Decoded {
  if (bytes.length < 24) return { records: [], waiting: 0, problem: 'a header cut short' }
  const count = u16(bytes, 2)
  const timestamp = isoMs(u32(bytes, 8) * 1_000_000 + Math.floor((u32(bytes, 12) % 1_000_000_000) / 1000))
  const exporter: Exporter = {
    version: 5,
    timestamp,
    uptime_millis: u32(bytes, 4),
    address,
    engine_type: bytes[20]!,
    engine_id: bytes[21]!,
    sampling_interval: u16(bytes, 22)
  }
  const records: FlowRecord[] = []
  let at = 24
  for (let i = 0; i < count; i++) {
    if (at + 48 > bytes.length) return { records, waiting: 0, problem: `${count - i} of ${count} records are missing` }
    const netflow: Record<string, FlowValue> = {}
    for (const [id, length] of v5Fields) {
      const element = id === 0 ? undefined : elementOf(id, 0)
      const value = element === undefined ? undefined : elementValue(element.type, bytes, at, length)
      if (element !== undefined && value !== undefined) netflow[element.name] = value
      at += length
    }
    records.push({ type: 'netflow_flow', timestamp, exporter, netflow })
  }
  return { records, waiting: 0, problem: undefined }
}
