/**
 * XML documents of events, `<Events><Event …>…</Event>…</Events>`, as Event Viewer saves them: often one line of many megabytes, which
 * no framing by lines can cut. Each event is given as JSON in evtx_dump's shape.
 */

import type { Decoder } from '../decoders.ts'
import { descriptionXml } from './description.ts'
import { type Element, findTag, readElement } from './xml.ts'

const eventMax = 4_000_000
const closing = '</Event>'

/** The encoding of such a document; undefined if it is none. */
function encodingOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | undefined {
  const [a, b] = head
  const encoding =
    (a === 0xff && b === 0xfe) || (a === 60 && b === 0)
      ? 'utf-16le'
      : (a === 0xfe && b === 0xff) || (a === 0 && b === 60)
        ? 'utf-16be'
        : 'utf-8'
  const text = new TextDecoder(encoding).decode(head).trimStart()
  if (!text.startsWith('<?xml') && !text.startsWith('<Events')) return undefined
  const at = findTag(text, 'Events')
  // Nothing but the declaration stands before it.
  return at >= 0 && (at === 0 || text.slice(0, at).trim().endsWith('?>')) ? encoding : undefined
}

async function* decode(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], void> {
  let decoder: TextDecoder | undefined
  let text = ''
  let bad = 0
  let over = false
  for await (const piece of input) {
    decoder ??= new TextDecoder(encodingOf(piece.subarray(0, 512)) ?? 'utf-8')
    text += decoder.decode(piece, { stream: true })
    const { records, from, broken } = cut(text)
    bad += broken
    text = text.slice(from)
    if (text.length > eventMax) {
      // No event is that long: it has no end, or this is something else.
      over = true
      text = ''
    }
    if (records.length > 0) yield records
  }
  const left = findTag(text, 'Event') >= 0
  const told = [
    bad > 0 ? `${bad} events are not well formed` : '',
    over ? `a stretch of ${eventMax} characters holds no whole event` : '',
    left ? 'the document ends within an event' : ''
  ].filter(one => one !== '')
  if (told.length > 0) throw new Error(told.join('; '))
}

function cut(text: string): { readonly records: string[]; readonly from: number; readonly broken: number } {
  const records: string[] = []
  let from = 0
  let broken = 0
  for (;;) {
    const end = text.indexOf(closing, from)
    if (end < 0) break
    const at = findTag(text, 'Event', from)
    if (at < 0 || at > end) {
      from = end + closing.length
      broken++
      continue
    }
    const read = readElement(text, at)
    if (read === undefined) {
      broken++
      from = end + closing.length
    } else {
      records.push(JSON.stringify({ Event: content(read.element) }))
      from = read.end
    }
  }
  return { records, from, broken }
}

/** An element's content as evtx_dump writes it. */
function content(element: Element): unknown {
  const { attributes, children, text } = element
  const names = Object.keys(attributes).filter(name => !(element.name === 'Data' && name === 'Name'))
  if (children.length === 0 && names.length === 0) return text === '' ? null : text
  const out: { [key: string]: unknown } = {}
  if (names.length > 0) out['#attributes'] = Object.fromEntries(names.map(name => [name, attributes[name]]))
  if (children.length === 0 && text.trim() !== '') out['#text'] = text
  const unnamed: unknown[] = []
  for (const child of children) {
    const name = child.name === 'Data' ? child.attributes['Name'] : child.name
    if (name === undefined) unnamed.push(content(child))
    else addMember(out, name, content(child))
  }
  if (unnamed.length > 0) out['Data'] = { '#text': unnamed }
  return out
}

function addMember(out: { [key: string]: unknown }, name: string, value: unknown): void {
  const there = Object.hasOwn(out, name) ? out[name] : undefined
  const all = there === undefined ? value : Array.isArray(there) ? [...there.slice(0, 255), value] : [there, value]
  if (name === '__proto__')
    Object.defineProperty(out, name, { value: all, enumerable: true, configurable: true, writable: true })
  else out[name] = all
}

export const eventsDocument: Decoder = {
  name: 'windows-events-xml',
  title: 'XML document of Windows events',
  format: 'windows-json',
  claims: head => encodingOf(head) !== undefined,
  decode,
  description: descriptionXml
}
