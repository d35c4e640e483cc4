/** Fields of one value each: constants, numbers, lists, identifiers, addresses. */

import { ipText } from '../../core/ip.ts'
import { cidrText, isV4, readCidr } from '../../ports/cidr.ts'
import { argumentOf, type CounterOptions, type FieldSpec, optionsOf, type RangeOptions } from '../config.ts'
import { floats, integers, type Range, weighted } from '../distributions.ts'
import { choiceField, type Field, type FieldContext, numberField, plainField, textField } from '../field.ts'
import { drawerOf } from '../patterns/draw.ts'
import { parsePattern } from '../patterns/parse.ts'
import { ProblemError } from '../problem.ts'
import type { Random } from '../random.ts'

export function constant(spec: FieldSpec): Field {
  if (!('constant' in spec)) throw missing('constant')
  return choiceField([spec['constant']], () => 0)
}

export function integer(spec: FieldSpec, { random }: FieldContext): Field {
  const range = rangeOf(optionsOf<RangeOptions>(spec), 0, 100)
  const whole = { ...range, min: Math.ceil(range.min), max: Math.floor(range.max) }
  if (whole.max < whole.min) throw new ProblemError(`has no whole number from ${range.min} to ${range.max}`)
  if (!Number.isSafeInteger(whole.min) || !Number.isSafeInteger(whole.max))
    throw new ProblemError('has a range beyond ±9007199254740991, where whole numbers are not exact')
  return numberField(integers(whole, random))
}

export function float(spec: FieldSpec, { random }: FieldContext): Field {
  const options = optionsOf<RangeOptions>(spec)
  const draw = floats(rangeOf(options, 0, 1), random)
  const scale = 10 ** (options.decimals ?? 6)
  return numberField(() => {
    const value = draw()
    const rounded = Math.round(value * scale) / scale
    // Far from zero, so many digits are not there to be rounded.
    return Number.isFinite(rounded) ? rounded : value
  })
}

function rangeOf(options: RangeOptions, least: number, most: number): Range {
  const min = options.min ?? Math.min(least, options.max ?? least)
  const max = options.max ?? Math.max(most, min)
  if (max < min) throw new ProblemError(`has a min (${min}) above its max (${max})`)
  if (options.distribution === 'exponential' && options.mean !== undefined && options.mean <= 0)
    throw new ProblemError('has a mean that is not above 0: of exponential it is the distance from min')
  return { ...options, min, max, distribution: options.distribution ?? 'uniform' }
}

export function boolean(spec: FieldSpec, { random }: FieldContext): Field {
  const { probability = 0.5 } = optionsOf<{ probability?: number }>(spec)
  return choiceField([false, true], () => (random.chance(probability) ? 1 : 0))
}

export function list(spec: FieldSpec, { random }: FieldContext): Field {
  const values = argumentOf<unknown[]>(spec)
  if (values === undefined) throw missing(spec.type)
  return choiceField(values, () => random.below(values.length))
}

export function weightedList(spec: FieldSpec, { random }: FieldContext): Field {
  const weights = argumentOf<Record<string, number>>(spec)
  if (weights === undefined) throw missing(spec.type)
  const entries = Object.entries(weights).filter(([, weight]) => weight > 0)
  if (entries.length === 0) throw new ProblemError('has no value with a weight above 0')
  const draw = weighted(
    entries.map(([, weight]) => weight),
    random
  )
  return choiceField(
    entries.map(([value]) => value),
    draw
  )
}

export function counter(spec: FieldSpec): Field {
  const { start = 1, step = 1, end } = optionsOf<CounterOptions>(spec)
  if (end !== undefined && (step > 0 ? end < start : end > start))
    throw new ProblemError(`never comes from ${start} to ${end} in steps of ${step}`)
  let times = 0
  return numberField(() => {
    // Multiplied, not added up: steps like 0.1 would drift.
    let value = start + times * step
    if (end !== undefined && (step > 0 ? value > end : value < end)) {
      times = 0
      value = start
    }
    times++
    return value
  })
}

const hex2: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))
const hex4: readonly string[] = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'))

/** RFC 9562. */
export function uuid(spec: FieldSpec, { random, now }: FieldContext): Field {
  const { version = 4 } = optionsOf<{ version?: 4 | 7 }>(spec)
  const tail = (): string => {
    const c = random.bits()
    const d = random.bits()
    return `${hex4[((c >>> 16) & 0x3fff) | 0x8000]}-${hex4[c & 0xffff]}${hex4[d >>> 16]}${hex4[d & 0xffff]}`
  }
  if (version === 4)
    return plainField(() => {
      const a = random.bits()
      const b = random.bits()
      return `${hex4[a >>> 16]}${hex4[a & 0xffff]}-${hex4[b >>> 16]}-${hex4[(b & 0xfff) | 0x4000]}-${tail()}`
    })
  // Method 1 of section 6.2: within a millisecond, 12 bits count up.
  let lastMs = -1
  let sequence = 0
  return plainField(() => {
    const ms = Math.max(0, Math.floor(now()))
    if (ms > lastMs) {
      lastMs = ms
      sequence = random.bits() & 0x7ff
    } else if (++sequence > 0xfff) {
      lastMs++
      sequence = random.bits() & 0x7ff
    }
    const high = Math.floor(lastMs / 65_536)
    return `${hex4[Math.floor(high / 65_536) & 0xffff]}${hex4[high & 0xffff]}-${hex4[lastMs % 65_536]}-${hex4[sequence | 0x7000]}-${tail()}`
  })
}

export function ip(spec: FieldSpec, { random }: FieldContext): Field {
  const { cidr } = optionsOf<{ cidr?: string | string[] }>(spec)
  if (cidr === undefined) return plainField(() => publicAddress(random))
  const draws = (typeof cidr === 'string' ? [cidr] : cidr).map(text => addressesIn(text, random))
  if (draws.length === 1) return plainField(draws[0]!)
  return plainField(() => draws[random.below(draws.length)]!())
}

function addressesIn(text: string, random: Random): () => string {
  const cidr = readCidr(text)
  if (cidr === undefined)
    throw new ProblemError(`is no network: ${text.slice(0, 50)}; write it like 10.0.0.0/8 or 2001:db8::/32`)
  const hostBits = 128 - cidr.bits
  if (isV4(cidr.address) && cidr.bits >= 96) {
    const base = Number(cidr.address & 0xffffffffn)
    const size = 2 ** hostBits
    // Neither the network's own address nor the broadcast one, where there are hosts between.
    return size <= 2 ? () => v4Text(base + random.below(size)) : () => v4Text(base + 1 + random.below(size - 2))
  }
  const bytes = new Uint8Array(16)
  const first = new Uint8Array(16)
  let rest = readCidr(cidrText(cidr))!.address
  for (let i = 15; i >= 0; i--) {
    first[i] = Number(rest & 255n)
    rest >>= 8n
  }
  return () => {
    for (let i = 0; i < 16; i++) {
      const free = Math.max(0, Math.min(8, hostBits - (15 - i) * 8))
      bytes[i] = first[i]! | (free === 0 ? 0 : random.bits() >>> (32 - free))
    }
    return ipText(bytes, 0)
  }
}

const octets: readonly string[] = Array.from({ length: 256 }, (_, n) => String(n))

function v4Text(address: number): string {
  return `${octets[Math.floor(address / 16_777_216)]}.${octets[(address >>> 16) & 255]}.${octets[(address >>> 8) & 255]}.${octets[address & 255]}`
}

/** IPv4 that is neither private nor kept for something (IANA's special-purpose registry, by whole first octets where that is easier). */
function publicAddress(random: Random): string {
  for (;;) {
    const address = random.bits()
    const first = address >>> 24
    const second = (address >>> 16) & 255
    if (first === 0 || first === 10 || first === 127 || first >= 224) continue
    if (first === 100 && second >= 64 && second < 128) continue
    if (first === 169 && second === 254) continue
    if (first === 172 && second >= 16 && second < 32) continue
    if (first === 192 && (second === 168 || second === 0 || second === 88)) continue
    if (first === 198 && (second === 18 || second === 19 || second === 51)) continue
    if (first === 203 && second === 0) continue
    return v4Text(address)
  }
}

const portRanges = {
  any: [1, 65_535],
  system: [1, 1023],
  registered: [1024, 49_151],
  ephemeral: [32_768, 60_999]
} as const

export function port(spec: FieldSpec, { random }: FieldContext): Field {
  const { range = 'any' } = optionsOf<{ range?: keyof typeof portRanges }>(spec)
  const [min, max] = portRanges[range]
  return numberField(() => random.between(min, max))
}

export function mac(spec: FieldSpec, { random }: FieldContext): Field {
  const { prefix } = optionsOf<{ prefix?: string }>(spec)
  const known = prefix === undefined ? 0 : (prefix.length + 1) / 3
  const beginning = prefix?.toLowerCase() ?? ''
  return plainField(() => {
    let text = beginning
    for (let i = known; i < 6; i++) {
      // The first octet of one that nobody was given: unicast, locally administered.
      const octet = i === 0 ? (random.bits() & 0xfc) | 2 : random.bits() & 0xff
      text += i === 0 ? hex2[octet]! : `:${hex2[octet]}`
    }
    return text
  })
}

export function regex(spec: FieldSpec, { random }: FieldContext): Field {
  const source = argumentOf<string>(spec)
  if (source === undefined) throw missing('regex')
  return textField(drawerOf(parsePattern(source), random))
}

export function missing(type: string): ProblemError {
  return new ProblemError(`lacks its ${type}: write ${type}: … beside its type`)
}
