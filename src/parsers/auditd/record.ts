/**
 * One audit record (a line of audit.log), cut into its fields.
 *
 *   record   = [ "node=" name " " ] "type=" TYPE " msg=audit(" time ":" serial ")" [ " " ] ":" [ "user " ] [ avc ] fields [ GS enriched ]
 *   time     = seconds "." milliseconds                       `ausearch -i`: MM/DD/YYYY hh:mm:ss.mmm
 *   avc      = "avc:" SP+ ( "denied" | "granted" ) SP+ "{" permission… "}" SP+ "for" SP+
 *   fields   = { name "=" value SP }                          words that are no field belong to the value before them
 *   value    = word | '"' text '"' | "'" fields "'" (of `msg`) | hex of what has blanks, quotes or bytes that are not ASCII
 *   enriched = { NAME "=" value SP | NAME "={ " fields " }" } what auditd looked up (`log_format = ENRICHED`), after 0x1D
 */

import { daysFromCivil } from '../../core/time.ts'
import { Names } from '../shared/names.ts'
import { typeNames } from './type-names.ts'

export type FieldValue = string | string[]
export type Fields = { [name: string]: FieldValue }

export type AuditRecord = {
  readonly type: string
  readonly node: string | undefined
  readonly timeUs: number
  readonly serial: string
  readonly fields: Fields
  readonly avc: { readonly action: string; readonly request: string | string[] } | undefined
  /** Words before the first field (`PAM: authentication`), or a message without fields. */
  readonly said: string | undefined
  /** The field that auditd took apart (`saddr`). */
  readonly takenApart: string | undefined
}

const lengthMax = 262_144
const names = new Names()
const fieldsMax = 2048

/** The serial of a line's event, with its time and node in front: what lines of one event have in common. */
export function eventKey(line: string): string | undefined {
  const at = line.indexOf('msg=audit(')
  if (at < 0 || at > 512) return undefined
  const close = line.indexOf(')', at)
  if (close < 0 || close > at + 80) return undefined
  const node = line.startsWith('node=') ? line.slice(0, line.indexOf(' ') + 1) : ''
  return node + line.slice(at + 10, close)
}

/** Undefined: not an audit record. `from` is where it begins. */
export function readRecord(line: string, from: number, timezoneMinutes: number): AuditRecord | undefined {
  if (line.length > lengthMax) return undefined
  let at = from
  let node: string | undefined
  if (line.startsWith('node=', at)) {
    const space = line.indexOf(' ', at)
    if (space < 0 || space > at + 300) return undefined
    node = line.slice(at + 5, space)
    at = space + 1
  }
  if (!line.startsWith('type=', at)) return undefined
  const typeEnd = line.indexOf(' ', at)
  if (typeEnd < at + 6 || typeEnd > at + 80) return undefined
  const type = line.slice(at + 5, typeEnd)
  // The kernel's own log has no `msg=`: "audit: type=1400 audit(1700000000.123:45): …".
  at = typeEnd + 1
  if (line.startsWith('msg=', at)) at += 4
  return afterType(line, at, typeNames.get(type) ?? type, node, timezoneMinutes)
}

/** The rest of a record: `audit(1700000000.123:45): …`. */
export function afterType(
  line: string,
  from: number,
  type: string,
  node: string | undefined,
  timezoneMinutes: number
): AuditRecord | undefined {
  if (!line.startsWith('audit(', from)) return undefined
  const close = line.indexOf(')', from)
  if (close < 0 || close > from + 80) return undefined
  // `ausearch -i` puts a blank before the colon.
  const fields = line.startsWith(':', close + 1) ? close + 2 : line.startsWith(' :', close + 1) ? close + 3 : -1
  if (fields < 0) return undefined
  const colon = line.lastIndexOf(':', close - 1)
  if (colon <= from) return undefined
  const serial = line.slice(colon + 1, close)
  const timeUs = readTime(line.slice(from + 6, colon), timezoneMinutes)
  if (timeUs === undefined || (serial !== '' && !isDigits(serial))) return undefined
  const scan = new Scan(line)
  scan.begin(fields)
  return {
    type,
    node,
    timeUs,
    serial,
    fields: scan.fields,
    avc: scan.avc,
    // Some begin with their type's name: "login pid=…".
    said: scan.said?.toUpperCase() === type ? undefined : scan.said,
    takenApart: scan.takenApart
  }
}

function readTime(text: string, timezoneMinutes: number): number | undefined {
  const dot = text.indexOf('.')
  const whole = dot < 0 ? text : text.slice(0, dot)
  const fraction = dot < 0 ? '' : text.slice(dot + 1)
  if (isDigits(whole) && whole.length <= 11 && (dot < 0 || (isDigits(fraction) && fraction.length <= 9)))
    return Number(whole) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
  const parts = /^(\d\d)\/(\d\d)\/(\d{2}|\d{4}) (\d\d):(\d\d):(\d\d)\.(\d{3})$/.exec(text)
  if (parts === null) return undefined
  const [month, day, year, hour, minute, second, ms] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number
  ]
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined
  const days = daysFromCivil(year < 100 ? 2000 + year : year, month, day)
  return ((days * 1440 + hour * 60 + minute - timezoneMinutes) * 60 + second) * 1_000_000 + ms * 1000
}

function isDigits(text: string): boolean {
  if (text === '') return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return true
}

/** Goes once over a record's fields. */
class Scan {
  readonly fields: Fields = {}
  avc: AuditRecord['avc']
  said: string | undefined
  takenApart: string | undefined
  #count = 0
  /** The field that words without a name belong to. */
  #last: string | undefined
  #parenthesis = false
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  begin(from: number): void {
    let at = skip(this.#text, from, this.#text.length)
    if (this.#text.startsWith('user ', at)) at += 5
    this.#scan(this.#readAvc(at), this.#text.length)
  }

  /** Where fields begin after `avc:  denied  { read } for  `, if that is there. */
  #readAvc(from: number): number {
    if (!this.#text.startsWith('avc:', from)) return from
    const open = this.#text.indexOf('{', from)
    const close = open < 0 || open > from + 64 ? -1 : this.#text.indexOf('}', open)
    if (close < 0 || close > open + 1024) return from
    const action = this.#text.slice(from + 4, open).trim()
    const request = this.#text
      .slice(open + 1, close)
      .trim()
      .split(' ')
      .filter(word => word !== '')
    if (action === '' || request.length === 0) return from
    this.avc = { action, request: request.length === 1 ? request[0]! : request }
    const after = skip(this.#text, close + 1, this.#text.length)
    return this.#text.startsWith('for ', after) ? skip(this.#text, after + 4, this.#text.length) : after
  }

  #scan(from: number, end: number): void {
    const text = this.#text
    let at = skip(text, from, end)
    while (at < end) {
      // Old PAM messages have "(hostname=?, addr=?, terminal=cron res=success)".
      if (text.charCodeAt(at) === 40 && nameEnd(text, at + 1, end) > 0) {
        at++
        this.#parenthesis = true
      }
      const equals = nameEnd(text, at, end)
      if (equals < 0) {
        const wordEnd = endOfWord(text, at, end)
        // "old auid=4294967295 new auid=0 old ses=4294967295 new ses=1172"
        if (wordEnd === at + 3 && isOldOrNew(text, at, end)) {
          const named = nameEnd(text, at + 4, end)
          const valueEnd = endOfWord(text, named + 1, end)
          this.#add(`${text.slice(at, wordEnd)}_${text.slice(at + 4, named)}`, text.slice(named + 1, valueEnd))
          at = skip(text, valueEnd, end)
          continue
        }
        // All words up to the next field at once: there may be thousands.
        let last = wordEnd
        let next = skip(text, last, end)
        while (
          next < end &&
          text.charCodeAt(next) !== 40 &&
          nameEnd(text, next, end) < 0 &&
          !isOldOrNew(text, next, end)
        ) {
          last = endOfWord(text, next, end)
          next = skip(text, last, end)
        }
        this.#addWords(text.slice(at, last))
        at = next
        continue
      }
      const name = names.at(text, at, equals)
      const quote = text.charCodeAt(equals + 1)
      let valueEnd: number
      if (name === 'msg' && (quote === 39 || quote === 34)) {
        at = this.#scanMessage(equals + 2, end, text[equals + 1]!)
        continue
      }
      if (quote === 123 && text.charCodeAt(equals + 2) === 32) {
        // "SADDR={ saddr_fam=inet … }": its fields stand for themselves.
        const close = text.indexOf(' }', equals)
        if (close >= 0 && close < end) {
          this.takenApart = name.toLowerCase()
          this.#last = undefined
          this.#scan(equals + 3, close)
          at = skip(text, close + 2, end)
          continue
        }
      }
      if (quote === 34) {
        const closing = text.indexOf('"', equals + 2)
        valueEnd = closing < 0 || closing >= end ? endOfWord(text, equals + 1, end) : closing + 1
      } else valueEnd = endOfWord(text, equals + 1, end)
      // Some write no separator between the last field and what was looked up: "res=successUID="root"".
      if (name === 'res' && quote !== 34) valueEnd = lowerEnd(text, equals + 1, valueEnd)
      let next = valueEnd
      const after = text.charCodeAt(next)
      if (quote === 34 && next < end && (after === 58 || after === 44)) next++
      if (this.#parenthesis) {
        const last = text.charCodeAt(valueEnd - 1)
        if (last === 44 || last === 41) valueEnd--
        if (last === 41) this.#parenthesis = false
      }
      this.#add(name, text.slice(equals + 1, valueEnd))
      at = skip(text, next, end)
    }
  }

  /** `msg='op=login acct="root" res=success'`: the fields are the record's own. Returns where the rest begins. */
  #scanMessage(from: number, end: number, quote: string): number {
    const text = this.#text
    const separator = text.indexOf('\x1d', from)
    const limit = separator < 0 || separator > end ? end : separator
    let close = text.lastIndexOf(quote, limit - 1)
    if (close < from) close = limit
    this.#last = undefined
    const before = this.#count
    const inner = this.#readAvc(skip(text, from, close))
    // Words before the first field: "PAM: authentication acct=…".
    this.#scan(inner, close)
    if (this.#count === before && this.said === undefined) this.said = text.slice(from, close)
    this.#last = undefined
    return skip(text, close + 1, end)
  }

  #addWords(word: string): void {
    const last = this.#last
    if (last === undefined) {
      this.said = this.said === undefined ? word : `${this.said} ${word}`
      return
    }
    const value = this.fields[last]!
    if (typeof value === 'string') this.fields[last] = `${value} ${word}`
    else value[value.length - 1] += ` ${word}`
  }

  #add(name: string, value: string): void {
    if (this.#count >= fieldsMax || name === '__proto__') {
      this.#last = undefined
      return
    }
    this.#count++
    this.#last = name
    const there = Object.hasOwn(this.fields, name) ? this.fields[name] : undefined
    if (there === undefined) this.fields[name] = value
    else if (typeof there === 'string') this.fields[name] = [there, value]
    else there.push(value)
  }
}

function isOldOrNew(text: string, at: number, end: number): boolean {
  if (!text.startsWith('old ', at) && !text.startsWith('new ', at)) return false
  const equals = nameEnd(text, at + 4, end)
  const name = text.slice(at + 4, equals)
  return name === 'auid' || name === 'ses'
}

/** Blanks and control characters: 0x1D stands before what auditd looked up, NUL at the end of some messages. */
function skip(text: string, from: number, end: number): number {
  let at = from
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code > 32) break
    at++
  }
  return at
}

function endOfWord(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) > 32) at++
  return at
}

/** The index of the `=` after a field's name at `from`, or -1 if a word stands there. */
function nameEnd(text: string, from: number, end: number): number {
  const max = Math.min(end, from + 64)
  for (let at = from; at < max; at++) {
    const code = text.charCodeAt(at)
    if (code === 61) return at > from ? at : -1
    const letter = (code | 32) >= 97 && (code | 32) <= 122
    const digit = code >= 48 && code <= 57
    // _ - . [ ]
    if (!letter && !digit && code !== 95 && code !== 45 && code !== 46 && code !== 91 && code !== 93) return -1
  }
  return -1
}

/** The end of the lower-case letters at `from`, if an upper-case one comes next and a `=` later. */
function lowerEnd(text: string, from: number, end: number): number {
  let at = from
  while (at < end && text.charCodeAt(at) >= 97 && text.charCodeAt(at) <= 122) at++
  if (at === from || at === end) return end
  const code = text.charCodeAt(at)
  return code >= 65 && code <= 90 && text.indexOf('=', at) < end && text.indexOf('=', at) >= 0 ? at : end
}
