/** Looks values up in the table of indicators (`layout.ts`): each thread has one of these over the same memory. */

import { type Level, levels } from '../../core/detection.ts'
import { ipText, writeIp } from '../../core/ip.ts'
import { type IndicatorType, idOf, indicatorTypes, uuidText } from '../indicator.ts'
import { normalDomain } from '../normalise.ts'
import { word } from './build.ts'
import {
  bloomBits,
  exactly,
  finish,
  foldsCase,
  foldUnit,
  hashIp4,
  hashUnit,
  isFour,
  madeId,
  never,
  type SharedTable,
  seed,
  typeCodes
} from './layout.ts'

export type Entry = {
  readonly id: string
  readonly type: IndicatorType
  readonly value: string
  readonly source: string
  readonly level: Level
  readonly confidence: number
  readonly labels: readonly string[]
  readonly name?: string
  readonly reference?: string
}

export class IndicatorTable {
  readonly shared: SharedTable
  /** The entries of the last look-ups, until it is emptied. */
  readonly found: number[] = []
  readonly #slots: Uint32Array
  readonly #mask: number
  readonly #valueAt: Uint32Array
  readonly #about: Uint32Array
  readonly #next: Uint32Array
  readonly #until: Uint32Array
  readonly #seen: Uint32Array
  readonly #feed: Uint16Array
  readonly #port: Uint16Array
  readonly #type: Uint8Array
  readonly #level: Uint8Array
  readonly #confidence: Uint8Array
  readonly #flags: Uint8Array
  readonly #id: Uint8Array
  readonly #texts: Uint8Array
  readonly #ranges4: Uint32Array
  readonly #index4: Uint32Array
  readonly #ranges6: Uint32Array
  readonly #hosts: Uint8Array
  readonly #bytes = new Uint8Array(16)
  readonly #has: Readonly<Record<IndicatorType, boolean>>

  constructor(shared: SharedTable) {
    this.shared = shared
    const place = (name: string): readonly [number, number] => shared.parts[name]!
    const bytes = (name: string): Uint8Array => new Uint8Array(shared.bytes, ...place(name))
    const halves = (name: string): Uint16Array => new Uint16Array(shared.bytes, place(name)[0], place(name)[1] / 2)
    const words = (name: string): Uint32Array => new Uint32Array(shared.bytes, place(name)[0], place(name)[1] / 4)
    this.#slots = words('slots')
    this.#mask = this.#slots.length / 2 - 1
    this.#valueAt = words('valueAt')
    this.#about = words('about')
    this.#next = words('next')
    this.#until = words('until')
    this.#seen = words('seen')
    this.#feed = halves('feed')
    this.#port = halves('port')
    this.#type = bytes('type')
    this.#level = bytes('level')
    this.#confidence = bytes('confidence')
    this.#flags = bytes('flags')
    this.#id = bytes('id')
    this.#texts = bytes('texts')
    this.#ranges4 = words('ranges4')
    this.#index4 = words('index4')
    this.#ranges6 = words('ranges6')
    this.#hosts = bytes('hosts')
    this.#has = Object.fromEntries(indicatorTypes.map(type => [type, (shared.counts[type] ?? 0) > 0])) as Record<
      IndicatorType,
      boolean
    >
  }

  has(type: IndicatorType): boolean {
    return this.#has[type]
  }

  /** An address as events write it, among addresses and networks. Texts that are none find nothing. */
  ip(text: string): void {
    if (!this.#has.ip && !this.#has.cidr) return
    const four = parse4(text)
    if (four >= 0) {
      this.#ip4(four)
      return
    }
    if (!text.includes(':') || !writeIp(text, this.#bytes, 0)) return
    const canonical = ipText(this.#bytes, 0)
    // IPv4 inside IPv6.
    if (!canonical.includes(':')) {
      this.#ip4(word(this.#bytes, 12))
      return
    }
    if (this.#has.ip) this.text('ip', canonical)
    this.#range6()
  }

  #ip4(address: number): void {
    if (this.#has.ip) {
      const hash = hashIp4(address)
      const slots = this.#slots
      const mask = this.#mask
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const entry = slots[slot * 2 + 1]!
        if (entry === 0) break
        // The mixing gives each address a hash of its own; what is asked besides is that the entry is an address.
        if (
          slots[slot * 2] === hash &&
          this.#type[entry - 1] === typeCodes.ip &&
          this.#isFour(entry - 1) &&
          this.#valueAt[entry - 1] === address
        ) {
          this.#chain(entry)
          break
        }
      }
    }
    if (this.#index4.length > 0) this.#range4(address)
  }

  #range4(address: number): void {
    const ranges = this.#ranges4
    const high = address >>> 16
    let low = this.#index4[high]!
    let up = this.#index4[high + 1]!
    while (low < up) {
      const middle = (low + up) >>> 1
      if (ranges[middle * 4]! <= address) low = middle + 1
      else up = middle
    }
    for (let number = low; number > 0; number = ranges[(number - 1) * 4 + 3]!) {
      if (address <= ranges[(number - 1) * 4 + 1]!) this.found.push(ranges[(number - 1) * 4 + 2]!)
    }
  }

  /** Of the address in `#bytes`. */
  #range6(): void {
    const ranges = this.#ranges6
    let low = 0
    let up = ranges.length / 10
    while (low < up) {
      const middle = (low + up) >>> 1
      if (this.#compare6(middle * 10) <= 0) low = middle + 1
      else up = middle
    }
    for (let number = low; number > 0; number = ranges[(number - 1) * 10 + 9]!) {
      if (this.#compare6((number - 1) * 10 + 4) >= 0) this.found.push(ranges[(number - 1) * 10 + 8]!)
    }
  }

  #compare6(at: number): number {
    for (let i = 0; i < 4; i++) {
      const ours = word(this.#bytes, i * 4)
      const theirs = this.#ranges6[at + i]!
      if (ours !== theirs) return theirs < ours ? -1 : 1
    }
    return 0
  }

  /** A whole value. */
  text(type: IndicatorType, text: string): void {
    if (!this.#has[type]) return
    const fold = foldsCase(type)
    let hash = seed
    for (let i = text.length - 1; i >= 0; i--) {
      const unit = text.charCodeAt(i)
      hash = hashUnit(hash, fold ? foldUnit(unit) : unit)
    }
    this.#look(finish(hash, typeCodes[type]), typeCodes[type], text, 0, fold)
  }

  /** A name, and each domain above it. */
  domain(text: string): void {
    if (!this.#has.domain) return
    const end = text.charCodeAt(text.length - 1) === 46 ? text.length - 1 : text.length
    if (end > 253) return
    let hash = seed
    let dots = 0
    let units = 0
    const type = typeCodes.domain
    for (let i = end - 1; i >= 0; i--) {
      const unit = text.charCodeAt(i)
      // A single label is no domain of ours.
      if (unit === 46 && dots++ > 0) this.#look(finish(hash, type), type, text, i + 1, true, end)
      units |= unit
      hash = hashUnit(hash, foldUnit(unit))
    }
    if (units > 127) {
      // Letters beyond ASCII: indicators have such names as DNS does.
      const name = normalDomain(text)
      if (name !== undefined) this.domain(name)
    } else if (dots > 0) this.#look(finish(hash, type), type, text, 0, true, end)
  }

  #look(hash: number, type: number, text: string, from: number, fold: boolean, end = text.length): void {
    const slots = this.#slots
    const mask = this.#mask
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot * 2 + 1]!
      if (entry === 0) return
      if (slots[slot * 2] !== hash || this.#type[entry - 1] !== type || this.#isFour(entry - 1)) continue
      if (!this.#same(this.#valueAt[entry - 1]!, text, from, end, fold)) continue
      this.#chain(entry, from > 0)
      return
    }
  }

  #same(at: number, text: string, from: number, end: number, fold: boolean): boolean {
    const texts = this.#texts
    const length = texts[at]! | (texts[at + 1]! << 8)
    const isWide = (length & 0x8000) !== 0
    if ((length & 0x7fff) !== end - from) return false
    for (let i = from, j = at + 2; i < end; i++) {
      const unit = text.charCodeAt(i)
      let stored = texts[j++]!
      if (isWide) stored |= texts[j++]! << 8
      if ((fold ? foldUnit(unit) : unit) !== stored) return false
    }
    return true
  }

  /** All entries of a value. `below`: the event's name is below it. */
  #chain(first: number, below = false): void {
    for (let entry = first; entry !== 0; entry = this.#next[entry - 1]!) {
      if (below && (this.#flags[entry - 1]! & exactly) !== 0) continue
      this.found.push(entry - 1)
    }
  }

  /** Could a URL of this host be an indicator? */
  mayHaveUrlOf(host: string): boolean {
    if (!this.#has.url) return false
    const [a, b] = bloomBits(host, this.#hosts.length * 8)
    return (this.#hosts[a >>> 3]! & (1 << (a & 7))) !== 0 && (this.#hosts[b >>> 3]! & (1 << (b & 7))) !== 0
  }

  /** 0: any port. */
  portOf(entry: number): number {
    return this.#port[entry]!
  }

  typeOf(entry: number): IndicatorType {
    return indicatorTypes[this.#type[entry]!]!
  }

  /** Does it count at this time (seconds since 1970): not ended, and trusted enough? */
  isInForce(entry: number, second: number): boolean {
    const until = this.#until[entry]!
    if (until !== never && second >= until) return false
    const { halfLifeSeconds, confidenceMin } = this.shared.feeds[this.#feed[entry]!]!
    const confidence = this.#confidence[entry]!
    if (confidence < confidenceMin) return false
    if (halfLifeSeconds === 0 || confidenceMin === 0) return true
    const age = second - this.#seen[entry]!
    return age <= 0 || confidence * 2 ** (-age / halfLifeSeconds) >= confidenceMin
  }

  entry(number: number): Entry {
    const type = this.typeOf(number)
    const valueAt = this.#valueAt[number]!
    const value = type === 'ip' && this.#isFour(number) ? text4(valueAt) : this.#textAt(valueAt)
    const about =
      this.#about[number] === never ? {} : (JSON.parse(this.#textAt(this.#about[number]!)) as Partial<Entry>)
    const { source } = this.shared.feeds[this.#feed[number]!]!
    const port = this.#port[number]!
    const isMade = (this.#flags[number]! & madeId) !== 0
    return {
      labels: [],
      ...about,
      id: isMade
        ? idOf({ source, type, value, ...(port !== 0 && { port }) })
        : `indicator--${uuidText(this.#id, number * 16)}`,
      type,
      value,
      source,
      level: levels[this.#level[number]!]!,
      confidence: this.#confidence[number]!
    }
  }

  /** IPv6 addresses are kept as texts; which an entry is, its flag says. */
  #isFour(number: number): boolean {
    return (this.#flags[number]! & isFour) !== 0
  }

  #textAt(at: number): string {
    const texts = this.#texts
    const length = texts[at]! | (texts[at + 1]! << 8)
    let text = ''
    if ((length & 0x8000) === 0) for (let i = 0; i < length; i++) text += String.fromCharCode(texts[at + 2 + i]!)
    else
      for (let i = 0; i < (length & 0x7fff); i++)
        text += String.fromCharCode(texts[at + 2 + i * 2]! | (texts[at + 3 + i * 2]! << 8))
    return text
  }
}

function text4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** A dotted quad as a number; -1 for anything else. */
function parse4(text: string): number {
  const { length } = text
  if (length < 7 || length > 15) return -1
  let address = 0
  let value = 0
  let digits = 0
  let dots = 0
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i) - 48
    if (c >= 0 && c <= 9) {
      if (digits === 1 && value === 0) return -1
      value = value * 10 + c
      if (++digits > 3 || value > 255) return -1
    } else if (c === -2 && digits > 0 && dots < 3) {
      address = address * 256 + value
      value = 0
      digits = 0
      dots++
    } else return -1
  }
  return dots === 3 && digits > 0 ? address * 256 + value : -1
}
