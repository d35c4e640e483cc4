/** Instances of templates to JSON, in evtx_dump's shape: `{"Event":{"System":{…},"EventData":{…}}}`. */

import { type ChunkReader, Damage } from './chunk.ts'
import { instanceParts, type Node, type Piece, readFragment, templateAt } from './template.ts'
import { BINARY_XML, valueJson } from './values.ts'

const depthMax = 12

/** The values of an instance: type, place and size of each, in one array. */
type Values = { readonly at: Int32Array; readonly count: number }

/** The JSON object of the fragment in `[at, end)`: a record's event. */
export function renderRecord(chunk: ChunkReader, at: number, end: number): string {
  return `{${fragmentMembers(chunk, at, end, 0)}}`
}

/** `"key":value` for each element of a fragment. */
function fragmentMembers(chunk: ChunkReader, from: number, end: number, depth: number): string {
  if (depth > depthMax) throw new Damage('values are nested too deep')
  const at = chunk.u8(from) === 0x0f ? from + 4 : from
  if (chunk.u8(at) === 0x0c) return instanceMembers(chunk, at, end, depth)
  const { nodes } = readFragment(chunk, at, end, false)
  return members(chunk, nodes, none, depth)
}

const none: Values = { at: new Int32Array(0), count: 0 }

function instanceMembers(chunk: ChunkReader, at: number, end: number, depth: number): string {
  const { definition, values: from } = instanceParts(chunk, at)
  const count = chunk.u32(from)
  let value = from + 4 + count * 4
  if (value > end) throw new Damage('more values than bytes')
  const places = new Int32Array(count * 3)
  for (let i = 0; i < count; i++) {
    const descriptor = from + 4 + i * 4
    const size = chunk.u16(descriptor)
    places[i * 3] = chunk.u8(descriptor + 2)
    places[i * 3 + 1] = value
    places[i * 3 + 2] = size
    value += size
  }
  if (value > end) throw new Damage('its values are longer than itself')
  return members(chunk, templateAt(chunk, definition).nodes, { at: places, count }, depth)
}

function members(chunk: ChunkReader, nodes: readonly Node[], values: Values, depth: number): string {
  let out = ''
  for (const node of nodes) {
    const made = member(chunk, node, values, depth)
    if (made !== '') out += out === '' ? made : ',' + made
  }
  chunk.spend(out.length)
  return out
}

function member(chunk: ChunkReader, node: Node, values: Values, depth: number): string {
  if (node.instanceAt !== undefined) {
    if (depth >= depthMax) throw new Damage('values are nested too deep')
    return instanceMembers(chunk, node.instanceAt, chunk.bytes.length, depth + 1)
  }
  return keyOf(chunk, node, values) + elementJson(chunk, node, values, depth)
}

function keyOf(chunk: ChunkReader, node: Node, values: Values): string {
  return node.key ?? `${JSON.stringify(joined(chunk, node.namedBy!, values))}:`
}

function elementJson(chunk: ChunkReader, node: Node, values: Values, depth: number): string {
  const { pieces, children } = node
  let inside = attributesJson(chunk, node, values)
  // Most elements are a value and nothing else.
  if (children.length === 0 && pieces.length === 1 && inside === '') {
    const piece = pieces[0]!
    if (typeof piece === 'string') return wrapped(node, JSON.stringify(piece))
    if (typeAt(values, piece) !== BINARY_XML) return wrapped(node, valueAt(chunk, piece, values) ?? 'null')
  }
  const inner = members(chunk, children, values, depth)
  inside = both(inside, inner)
  let text: string | undefined
  if (pieces.length === 1 && typeof pieces[0] === 'number') {
    const piece = pieces[0]
    if (typeAt(values, piece) === BINARY_XML) inside = both(inside, xmlMembers(chunk, piece, values, depth))
    else text = valueAt(chunk, piece, values)
  } else if (pieces.length > 0) {
    for (const piece of pieces)
      if (typeof piece === 'number' && typeAt(values, piece) === BINARY_XML)
        inside = both(inside, xmlMembers(chunk, piece, values, depth))
    const all = joined(chunk, pieces, values)
    if (all.trim() !== '') text = JSON.stringify(all)
  }
  if (inside === '') return wrapped(node, text ?? 'null')
  return text === undefined || text === '""' ? `{${inside}}` : `{${inside},"#text":${text}}`
}

/** evtx_dump writes lists of unnamed data below `#text`. */
function wrapped(node: Node, value: string): string {
  return node.unnamed && value.charCodeAt(0) === 91 ? `{"#text":${value}}` : value
}

function both(one: string, other: string): string {
  return one === '' ? other : other === '' ? one : `${one},${other}`
}

function attributesJson(chunk: ChunkReader, node: Node, values: Values): string {
  let out = ''
  for (const { key, pieces } of node.attributes) {
    const piece = pieces[0]
    const value =
      pieces.length === 1 && typeof piece === 'number'
        ? valueAt(chunk, piece, values)
        : JSON.stringify(joined(chunk, pieces, values))
    if (value !== undefined) out += `${out === '' ? '' : ','}${key}:${value}`
  }
  return out === '' ? '' : `"#attributes":{${out}}`
}

function typeAt(values: Values, index: number): number {
  return index < values.count ? values.at[index * 3]! : 0
}

function valueAt(chunk: ChunkReader, index: number, values: Values): string | undefined {
  if (index >= values.count) return undefined
  const at = index * 3
  const type = values.at[at]!
  if (type === BINARY_XML) return undefined
  const made = valueJson(chunk, type, values.at[at + 1]!, values.at[at + 2]!)
  if (made !== undefined) chunk.spend(made.length)
  return made
}

function xmlMembers(chunk: ChunkReader, index: number, values: Values, depth: number): string {
  const at = values.at[index * 3 + 1]!
  const size = values.at[index * 3 + 2]!
  return size === 0 ? '' : fragmentMembers(chunk, at, at + size, depth + 1)
}

/** Several pieces as one text. */
function joined(chunk: ChunkReader, pieces: readonly Piece[], values: Values): string {
  let out = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      out += piece
      continue
    }
    const json = valueAt(chunk, piece, values)
    if (json !== undefined) out += json.startsWith('"') ? (JSON.parse(json) as string) : json
  }
  return out
}
