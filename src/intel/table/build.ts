/**
 * Makes the table of indicators (`layout.ts`) out of a stream of them. What an allow list names, and what would match nearly everything,
 * is left out and counted.
 */

import { parse } from 'tldts'
import { levels } from '../../core/detection.ts'
import { writeIp } from '../../core/ip.ts'
import { parseCidr } from '../../filter/address.ts'
import type { FeedTerms, Indicator, IndicatorType } from '../indicator.ts'
import {
  bloomBits,
  columnsOfEntries,
  exactly,
  hashIp4,
  hashText,
  hostInUrl,
  isFour,
  madeId,
  never,
  type SharedTable,
  type TableFeed,
  typeCodes
} from './layout.ts'

export type BuildOptions = {
  readonly feeds: readonly FeedTerms[]
  /** The name of the allow list that allows the value, if one does. */
  readonly allows: (type: IndicatorType, value: string) => string | undefined
  readonly newestSeq: number
}

export type Built = {
  readonly table: SharedTable
  /** Left out, because an allow list names them … */
  readonly allowed: number
  /** … or because they would match nearly everything (`com`, `0.0.0.0/1`). */
  readonly tooWide: number
}

const prefix4Min = 8
const prefix6Min = 16
const valueLengthMax = 0x7fff
/** More indicators than this are not taken: memory is bounded. */
export const entriesMax = 4_000_000

export class TableBuilder {
  readonly #options: BuildOptions
  readonly #feeds: TableFeed[] = []
  readonly #feedNumbers = new Map<string, number>()
  readonly #abouts = new Map<string, number>()
  readonly #columns: Record<keyof typeof columnsOfEntries, Grown>
  readonly #texts = new Grown(1, 1 << 16)
  readonly #hashes = new Grown(4, 1 << 12)
  readonly #ranges4: [first: number, last: number, entry: number][] = []
  readonly #ranges6: [first: Uint8Array, last: Uint8Array, entry: number][] = []
  readonly #urlHosts = new Set<string>()
  readonly #counts: Partial<Record<IndicatorType, number>> = {}
  readonly #bytes = new Uint8Array(16)
  #entries = 0
  #allowed = 0
  #tooWide = 0
  #beyond = 0

  constructor(options: BuildOptions) {
    this.#options = options
    this.#columns = Object.fromEntries(
      Object.entries(columnsOfEntries).map(([name, width]) => [name, new Grown(width, 1 << 12)])
    ) as Record<keyof typeof columnsOfEntries, Grown>
    for (const { source, halfLifeMs, confidenceMin } of options.feeds) {
      this.#feedNumbers.set(source, this.#feeds.length)
      this.#feeds.push({ source, halfLifeSeconds: halfLifeMs === undefined ? 0 : halfLifeMs / 1000, confidenceMin })
    }
  }

  /** Indicators beyond what fits. */
  get beyond(): number {
    return this.#beyond
  }

  add(indicator: Indicator): void {
    const { type, value } = indicator
    if (type === 'pattern' || value.length > valueLengthMax) return
    const wide = tooWide(type, value)
    if (wide === true) {
      this.#tooWide++
      return
    }
    if (this.#options.allows(type, value) !== undefined) {
      this.#allowed++
      return
    }
    if (this.#entries >= entriesMax) {
      this.#beyond++
      return
    }
    const entry = this.#entries++
    const columns = this.#columns
    let hash = 0
    let valueAt: number
    let flags = wide === 'exactly' ? exactly : 0
    if (type === 'ip' && writeIp(value, this.#bytes, 0) && !value.includes(':')) {
      valueAt = word(this.#bytes, 12)
      hash = hashIp4(valueAt)
      flags |= isFour
    } else {
      valueAt = this.#text(value)
      hash = hashText(value, type)
    }
    if (type === 'cidr') this.#range(value, entry)
    else if (type === 'url') this.#urlHosts.add(hostInUrl(value))
    this.#hashes.push32(type === 'cidr' ? 0 : hash)
    columns.valueAt.push32(valueAt)
    columns.about.push32(this.#about(indicator))
    columns.next.push32(0)
    columns.until.push32(seconds(indicator.validUntilMs) ?? never)
    columns.seen.push32(seconds(indicator.seenMs) ?? 0)
    if (indicator.id === '') columns.id.pushZeros(16)
    else columns.id.pushBytes(idBytes(indicator.id))
    columns.feed.push16(this.#feedNumbers.get(indicator.source) ?? this.#newFeed(indicator.source))
    columns.port.push16(indicator.port ?? 0)
    columns.type.push8(typeCodes[type])
    columns.level.push8(levels.indexOf(indicator.level))
    columns.confidence.push8(Math.max(0, Math.min(100, Math.round(indicator.confidence))))
    columns.flags.push8(indicator.id === '' ? flags | madeId : flags)
    this.#counts[type] = (this.#counts[type] ?? 0) + 1
  }

  finish(): Built {
    const entries = this.#entries
    let slots = 16
    while (slots < entries * 2) slots *= 2
    let hostBits = 1024
    while (hostBits < this.#urlHosts.size * 16) hostBits *= 2
    const lengths: Record<string, number> = { slots: slots * 8, hosts: hostBits / 8 }
    for (const [name, column] of Object.entries(this.#columns)) lengths[name] = column.length
    lengths['texts'] = this.#texts.length
    lengths['ranges4'] = this.#ranges4.length * 16
    lengths['index4'] = this.#ranges4.length === 0 ? 0 : 65_537 * 4
    lengths['ranges6'] = this.#ranges6.length * 40
    const parts: Record<string, readonly [number, number]> = {}
    let size = 0
    for (const [name, length] of Object.entries(lengths)) {
      parts[name] = [size, length]
      size += (length + 15) & ~15
    }
    const bytes = new SharedArrayBuffer(size)
    const part = (name: string): Uint8Array => new Uint8Array(bytes, parts[name]![0], parts[name]![1])
    const words = (name: string): Uint32Array => new Uint32Array(bytes, parts[name]![0], parts[name]![1] / 4)
    for (const [name, column] of Object.entries(this.#columns)) {
      part(name).set(column.bytes())
      column.release()
    }
    part('texts').set(this.#texts.bytes())
    this.#texts.release()
    this.#fillSlots(words('slots'), words('valueAt'), words('next'), part('type'), part('flags'), part('texts'))
    this.#hashes.release()
    fillRanges4(this.#ranges4, words('ranges4'), words('index4'))
    fillRanges6(this.#ranges6, words('ranges6'))
    const hosts = part('hosts')
    for (const host of this.#urlHosts)
      for (const bit of bloomBits(host, hostBits)) hosts[bit >>> 3] = hosts[bit >>> 3]! | (1 << (bit & 7))
    const table: SharedTable = {
      bytes,
      entries,
      parts,
      feeds: this.#feeds,
      counts: this.#counts,
      newestSeq: this.#options.newestSeq
    }
    return { table, allowed: this.#allowed, tooWide: this.#tooWide }
  }

  #fillSlots(
    slots: Uint32Array,
    valueAt: Uint32Array,
    next: Uint32Array,
    type: Uint8Array,
    flags: Uint8Array,
    texts: Uint8Array
  ): void {
    const mask = slots.length / 2 - 1
    const hashes = this.#hashes
    for (let entry = 0; entry < this.#entries; entry++) {
      if (type[entry] === typeCodes.cidr) continue
      const hash = hashes.at32(entry)
      let slot = hash & mask
      for (;;) {
        const other = slots[slot * 2 + 1]!
        if (other === 0) {
          slots[slot * 2] = hash
          slots[slot * 2 + 1] = entry + 1
          break
        }
        const alike =
          slots[slot * 2] === hash &&
          type[other - 1] === type[entry] &&
          (flags[other - 1]! & isFour) === (flags[entry]! & isFour)
        if (alike && sameValue(valueAt, texts, (flags[entry]! & isFour) !== 0, other - 1, entry)) {
          next[entry] = next[other - 1]!
          next[other - 1] = entry + 1
          break
        }
        slot = (slot + 1) & mask
      }
    }
  }

  /** Of an IPv6 address a text as well, in its canonical form. */
  #text(text: string): number {
    const at = this.#texts.length
    let isWide = false
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) isWide = true
    this.#texts.push16(isWide ? text.length | 0x8000 : text.length)
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      this.#texts.push8(unit & 255)
      if (isWide) this.#texts.push8(unit >> 8)
    }
    return at
  }

  /** Most indicators of a feed have the same said of them. */
  #about({ labels, name, reference }: Indicator): number {
    const about = JSON.stringify({
      ...(labels.length > 0 && { labels: labels.slice(0, 20) }),
      ...(name !== undefined && { name: name.slice(0, 200) }),
      ...(reference !== undefined && { reference: reference.slice(0, 500) })
    })
    if (about === '{}') return never
    const known = this.#abouts.get(about)
    if (known !== undefined) return known
    // A reference is often one of its own: so many different ones need not be found again.
    if (this.#abouts.size > 100_000) this.#abouts.clear()
    const at = this.#text(about.slice(0, valueLengthMax))
    this.#abouts.set(about, at)
    return at
  }

  #newFeed(source: string): number {
    const number = this.#feeds.length
    this.#feedNumbers.set(source, number)
    this.#feeds.push({ source, halfLifeSeconds: 0, confidenceMin: 0 })
    return number
  }

  #range(value: string, entry: number): void {
    const network = parseCidr(value)
    if (network === undefined) return
    if (value.includes(':')) this.#ranges6.push([network.first, network.last, entry])
    else this.#ranges4.push([word(network.first, 12), word(network.last, 12), entry])
  }
}

/** `true`: it would match nearly everything. `exactly`: others have their names below it. */
function tooWide(type: IndicatorType, value: string): boolean | 'exactly' {
  if (type === 'cidr')
    return Number(value.slice(value.indexOf('/') + 1)) < (value.includes(':') ? prefix6Min : prefix4Min)
  if (type !== 'domain') return false
  const { publicSuffix, isIcann, isPrivate } = parse(value, {
    allowPrivateDomains: true,
    extractHostname: false,
    validateHostname: false,
    detectIp: false
  })
  if (publicSuffix !== value) return false
  return isPrivate === true ? 'exactly' : isIcann === true
}

function sameValue(valueAt: Uint32Array, texts: Uint8Array, four: boolean, a: number, b: number): boolean {
  const x = valueAt[a]!
  const y = valueAt[b]!
  if (four) return x === y
  const length = texts[x]! | (texts[x + 1]! << 8)
  if (length !== (texts[y]! | (texts[y + 1]! << 8))) return false
  const bytes = length & 0x8000 ? (length & 0x7fff) * 2 : length
  for (let i = 2; i < bytes + 2; i++) if (texts[x + i] !== texts[y + i]) return false
  return true
}

const seconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.max(0, Math.min(never - 1, Math.floor(ms / 1000)))

export function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

function idBytes(id: string): Uint8Array {
  const bytes = new Uint8Array(16)
  const hex = id.slice(id.indexOf('--') + 2).replaceAll('-', '')
  for (let i = 0; i < 16; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

/** Words: first, last, entry, and the number of the range around it plus 1 (networks nest or are apart). */
function fillRanges4(ranges: [number, number, number][], out: Uint32Array, index: Uint32Array): void {
  ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1])
  const around: number[] = []
  for (const [number, [first, last, entry]] of ranges.entries()) {
    while (around.length > 0 && ranges[around.at(-1)!]![1] < first) around.pop()
    out.set([first, last, entry, around.length === 0 ? 0 : around.at(-1)! + 1], number * 4)
    around.push(number)
  }
  if (index.length === 0) return
  let number = 0
  for (let high = 0; high < 65_536; high++) {
    while (number < ranges.length && ranges[number]![0] >>> 16 < high) number++
    index[high] = number
  }
  index[65_536] = ranges.length
}

function fillRanges6(ranges: [Uint8Array, Uint8Array, number][], out: Uint32Array): void {
  ranges.sort((a, b) => compareBytes(a[0], b[0]) || compareBytes(b[1], a[1]))
  const around: number[] = []
  for (const [number, [first, last, entry]] of ranges.entries()) {
    while (around.length > 0 && compareBytes(ranges[around.at(-1)!]![1], first) < 0) around.pop()
    for (let i = 0; i < 4; i++) {
      out[number * 10 + i] = word(first, i * 4)
      out[number * 10 + 4 + i] = word(last, i * 4)
    }
    out[number * 10 + 8] = entry
    out[number * 10 + 9] = around.length === 0 ? 0 : around.at(-1)! + 1
    around.push(number)
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/** Bytes that grow by half, outside of JavaScript's heap. */
class Grown {
  readonly #width: number
  #bytes: Uint8Array
  length = 0

  constructor(width: number, entries: number) {
    this.#width = width
    this.#bytes = new Uint8Array(width * entries)
  }

  #room(count: number): Uint8Array {
    if (this.length + count > this.#bytes.length) {
      const bigger = new Uint8Array(Math.ceil((this.#bytes.length * 1.5 + count) / this.#width) * this.#width)
      bigger.set(this.#bytes)
      this.#bytes = bigger
    }
    return this.#bytes
  }

  push8(value: number): void {
    this.#room(1)[this.length++] = value
  }

  push16(value: number): void {
    const bytes = this.#room(2)
    bytes[this.length++] = value & 255
    bytes[this.length++] = value >>> 8
  }

  push32(value: number): void {
    const bytes = this.#room(4)
    bytes[this.length++] = value & 255
    bytes[this.length++] = (value >>> 8) & 255
    bytes[this.length++] = (value >>> 16) & 255
    bytes[this.length++] = value >>> 24
  }

  pushBytes(given: Uint8Array): void {
    this.#room(given.length).set(given, this.length)
    this.length += given.length
  }

  pushZeros(count: number): void {
    // Fresh memory is zero, and none is given back.
    this.#room(count)
    this.length += count
  }

  at32(index: number): number {
    const at = index * 4
    const bytes = this.#bytes
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  release(): void {
    this.#bytes = new Uint8Array(0)
  }
}
