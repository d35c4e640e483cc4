/**
 * What a record looks like: records of one format from one place look the same, records of different formats do not.
 * The key under which `inner.ts` remembers a record's format.
 */

import type { JsonObject } from '../core/parser.ts'

/** The first characters of a text stand as they are (but for digits): `CEF:0|`, `type=SYSCALL`, a month. */
const literalChars = 16
const headChars = 96
const headShape = 40
const tailChars = 16
const quotesMax = 24

/** Of a character: `0` for a digit, `a` for a letter (and all beyond ASCII), else itself. */
const classes = new Uint8Array(128)
for (let code = 0; code < 128; code++) {
  const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
  classes[code] = code >= 48 && code <= 57 ? 48 : letter ? 97 : code
}

/** The shape at hand: one for all, as it is made for each record. */
const codes = new Uint16Array(headShape + tailChars + 2)
let size = 0
/** What it is of. Formats of envelopes, and what parses them, ask about one text in turn. */
let shaped = ''
let shapedHash = 0

/**
 * The beginning of a text and its end, with each number as `0` and (after the first characters) each word as `a`; and how many double
 * quotes there are: two access logs that begin alike differ there. Gives a hash; `copyOfShape` and `isShape` are exact.
 */
export function shapeOf(text: string): number {
  if (text !== shaped || size === 0) {
    shapedHash = shape(text)
    shaped = text
  }
  return shapedHash
}

function shape(text: string): number {
  const { length } = text
  const literal = Math.min(length, literalChars)
  const head = Math.min(length, headChars)
  let count = 0
  let hash = 0
  let last = 0
  let at = 0
  for (; at < literal; at++) {
    const char = text.charCodeAt(at)
    const code = char >= 48 && char <= 57 ? 48 : char
    if (code === 48 && last === 48) continue
    codes[count++] = last = code
    hash = (Math.imul(hash, 31) + code) | 0
  }
  for (; at < head && count < headShape; at++) {
    const char = text.charCodeAt(at)
    const code = char < 128 ? classes[char]! : 97
    if (code === last && (code === 48 || code === 97)) continue
    codes[count++] = last = code
    hash = (Math.imul(hash, 31) + code) | 0
  }
  codes[count++] = 0
  last = 0
  for (at = Math.max(at, length - tailChars); at < length; at++) {
    const char = text.charCodeAt(at)
    const code = char < 128 ? classes[char]! : 97
    if (code === last && (code === 48 || code === 97)) continue
    codes[count++] = last = code
    hash = (Math.imul(hash, 31) + code) | 0
  }
  let quotes = 0
  for (let from = text.indexOf('"'); from >= 0 && quotes < quotesMax; from = text.indexOf('"', from + 1)) quotes++
  codes[count++] = quotes
  size = count
  return Math.imul(hash, 31) + quotes
}

export function copyOfShape(): Uint16Array {
  return codes.slice(0, size)
}

/** Is this the shape that `shapeOf` gave last? */
export function isShape(shape: Uint16Array): boolean {
  if (shape.length !== size) return false
  for (let i = 0; i < size; i++) if (shape[i] !== codes[i]) return false
  return true
}

/** The texts of shapes by their hashes: making one takes longer than all else. */
const texts = new Map<number, { readonly shape: Uint16Array; readonly text: string }>()
const textsMax = 4096

function shapeText(text: string): string {
  const hash = shapeOf(text)
  const known = texts.get(hash)
  if (known !== undefined && isShape(known.shape)) return known.text
  const made = { shape: copyOfShape(), text: String.fromCharCode(...codes.subarray(0, size)) }
  if (texts.size >= textsMax) texts.clear()
  texts.set(hash, made)
  return made.text
}

/** Fields by whose values formats with the same keys are told apart. */
const telling =
  'type Type source Source kind category Category event_type eventType EventType detail-type messageType logName log_type logType ' +
  'sourcetype product vendor service program provider_name Provider class_uid channel Channel operationName OperationName ' +
  'EventID eventName eventSource resourceType _path path tag module dataset schema logger'

/** Fields that may hold a record of another format: what they look like tells. */
const holding = 'message Message msg log line raw _raw MESSAGE @message'

const roles: ReadonlyMap<string, 'tells' | 'holds'> = new Map([
  ...telling.split(' ').map(name => [name, 'tells'] as const),
  ...holding.split(' ').map(name => [name, 'holds'] as const)
])

const keysMax = 64
const keyLengthMax = 128
const keysKept = 256
/** Of all keys together. */
const looksKept = 8192

/** The keys of objects that were looked at, their number, which of them tell, and the looks by what these told. */
type Keys = {
  readonly number: number
  readonly keys: readonly string[]
  readonly telling: readonly (readonly [key: string, role: 'tells' | 'holds'])[]
  readonly looks: Map<string, string>
}
const knownKeys = new Map<string, Keys>()
/** The last with a hash: others may have the same. */
const lastKeys = new Map<number, Keys>()
let lastNumber = 0
let looksCount = 0

/** A text that stands for an object's keys, with the values that tell: one for all that look alike. Undefined: too many to be remembered. */
export function keysOf(json: JsonObject): string | undefined {
  const known = keysLike(json)
  if (known === undefined) return undefined
  let told = ''
  for (let i = 0; i < known.telling.length; i++) {
    const [key, role] = known.telling[i]!
    const value = json[key]
    if (typeof value === 'string') told = after(told, role === 'holds' ? shapeText(value) : value.slice(0, 64))
    else told = after(told, typeof value === 'number' && role === 'tells' ? `${value}` : '')
  }
  let look = known.looks.get(told)
  if (look === undefined) {
    look = `${known.number}\n${told}`
    if (++looksCount > looksKept) forgetKeys()
    // A copy: it may be a slice of a text of megabytes.
    known.looks.set(` ${told}`.slice(1), look)
  }
  return look
}

/** Most objects have one value that tells: its text is that of its shape itself, whose hash is known. */
function after(told: string, next: string): string {
  return told === '' ? next : `${told}\n${next}`
}

function keysLike(json: JsonObject): Keys | undefined {
  let hash = 0
  let count = 0
  for (const key in json) {
    if (++count > keysMax || key.length > keyLengthMax) return undefined
    hash = (Math.imul(hash, 31) + (key.length << 8) + key.charCodeAt(0)) | 0
  }
  const last = lastKeys.get(hash)
  if (last !== undefined && last.keys.length === count && hasKeys(json, last.keys)) return last
  const keys = Object.keys(json)
  const text = JSON.stringify(keys)
  let known = knownKeys.get(text)
  if (known === undefined) {
    const telling = keys.flatMap(key => {
      const role = roles.get(key)
      return role === undefined ? [] : [[key, role] as const]
    })
    if (knownKeys.size >= keysKept) forgetKeys()
    known = { number: ++lastNumber, keys, telling, looks: new Map() }
    knownKeys.set(text, known)
  }
  lastKeys.set(hash, known)
  return known
}

function forgetKeys(): void {
  knownKeys.clear()
  lastKeys.clear()
  looksCount = 0
}

function hasKeys(json: JsonObject, keys: readonly string[]): boolean {
  let at = 0
  for (const key in json) if (key !== keys[at++]) return false
  return true
}
