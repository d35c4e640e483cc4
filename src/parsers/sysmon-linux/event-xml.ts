/**
 * The XML of one event as Sysmon for Linux writes it: the schema of Windows events, always `System` and `EventData`, on one line.
 *   event  = "<Event>" system data "</Event>"
 *   system = "<System>" { "<" name attributes ( "/>" | ">" text "</" name ">" ) } "</System>"
 *   data   = "<EventData>" { '<Data Name="' name '">' text "</Data>" } "</EventData>"
 */

import { type Document, put } from '../ndjson/document.ts'

const lengthMax = 262_144
const elementsMax = 512

export type EventXml = {
  /** Texts by element, attributes by `Element.Attribute`. */
  readonly system: ReadonlyMap<string, string>
  readonly data: Document
}

/** Undefined: not such an event. */
export function readEventXml(text: string): EventXml | undefined {
  if (!text.startsWith('<Event') || text.length > lengthMax) return undefined
  const systemAt = text.indexOf('<System>')
  const systemEnd = systemAt < 0 ? -1 : text.indexOf('</System>', systemAt)
  if (systemEnd < 0) return undefined
  const system = new Map<string, string>()
  let at = systemAt + 8
  while (at < systemEnd && system.size < elementsMax) {
    const open = text.indexOf('<', at)
    const close = open < 0 ? -1 : text.indexOf('>', open)
    if (open < 0 || open >= systemEnd || close < 0) break
    at = element(text, open, close, systemEnd, system)
  }
  return { system, data: readData(text, systemEnd) }
}

/** Reads the element whose tag stands from `open` to `close`; returns where the next one may begin. */
function element(text: string, open: number, close: number, end: number, system: Map<string, string>): number {
  const empty = text.charCodeAt(close - 1) === 47
  const inside = text.slice(open + 1, empty ? close - 1 : close)
  const space = inside.indexOf(' ')
  const name = space < 0 ? inside : inside.slice(0, space)
  if (space > 0) attributes(name, inside, space, system)
  if (empty || name.startsWith('/')) return close + 1
  const next = text.indexOf('<', close)
  if (next < 0 || next > end) return end
  if (next > close + 1) system.set(name, unescaped(text.slice(close + 1, next)))
  return next
}

function attributes(name: string, inside: string, from: number, system: Map<string, string>): void {
  let at = from
  for (;;) {
    const equals = inside.indexOf('=', at)
    const quote = inside[equals + 1]
    if (equals < 0 || (quote !== '"' && quote !== "'")) return
    const close = inside.indexOf(quote, equals + 2)
    if (close < 0) return
    system.set(`${name}.${inside.slice(at, equals).trim()}`, unescaped(inside.slice(equals + 2, close)))
    at = close + 1
  }
}

function readData(text: string, from: number): Document {
  const data: Document = {}
  let at = text.indexOf('<EventData', from)
  for (let count = 0; at >= 0 && count < elementsMax; count++) {
    at = text.indexOf('<Data Name=', at)
    if (at < 0) break
    const quote = text[at + 11]!
    const nameEnd = text.indexOf(quote, at + 12)
    const open = nameEnd < 0 ? -1 : text.indexOf('>', nameEnd)
    if (open < 0) break
    const name = text.slice(at + 12, nameEnd)
    if (text.charCodeAt(open - 1) === 47) {
      at = open
      continue
    }
    const close = text.indexOf('</Data>', open)
    if (close < 0) break
    put(data, name, unescaped(text.slice(open + 1, close)))
    at = close
  }
  return data
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(lt|gt|amp|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});/g, (whole, name: string) => {
    const named = entities[name]
    if (named !== undefined) return named
    const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
