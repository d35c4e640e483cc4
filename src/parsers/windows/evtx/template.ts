/**
 * Binary XML to a tree that makes JSON fast: read once a chunk and template, rendered for each record (`render.ts`).
 *
 *   fragment  = [ 0x0f major minor flags ] ( element | instance )* 0x00
 *   instance  = 0x0c u8 u32:id u32:definition [ definition, where it stands first ] values
 *   definition= u32:next guid u32:size fragment
 *   element   = (0x01|0x41) [ u16:dependency ] u32:size name [ u32:size attribute* ] ( 0x03 | 0x02 content* 0x04 )
 *   attribute = (0x06|0x46) name content*
 *   content   = (0x05|0x45) 0x01 u16:characters utf-16 | (0x0d|0x0e) u16:value u8:type | (0x08|0x48) u16:character
 *             | (0x09|0x49) name | (0x07|0x47) u16 utf-16 | 0x0a name | 0x0b u16 utf-16 | element | instance
 *   name      = u32:offset [ the name itself, where it stands first ]
 */

import { type ChunkReader, Damage } from './chunk.ts'

/** A piece of text: literal, or the value of that number. */
export type Piece = string | number

export type Attribute = { readonly key: string; readonly pieces: readonly Piece[] }

export type Node = {
  /** As JSON, with the colon. Undefined where a `Data` element is named by a value. */
  readonly key: string | undefined
  readonly namedBy: readonly Piece[] | undefined
  readonly attributes: readonly Attribute[]
  readonly children: readonly Node[]
  readonly pieces: readonly Piece[]
  /** A `Data` element without a name: its text is a list, or stands alone. */
  readonly unnamed: boolean
  /** Where a template is used within a template: the offset of its token. */
  readonly instanceAt: number | undefined
}

export type Template = { readonly nodes: readonly Node[] }

const depthMax = 64
const nodesMax = 20_000

/** Reads the fragment at `at`; `end` is the first byte behind it. In values (not definitions) elements have no dependency. */
export function readFragment(chunk: ChunkReader, at: number, end: number, inDefinition: boolean): Template {
  const reader = new FragmentReader(chunk, end, inDefinition)
  return { nodes: reader.content(at, 0).children }
}

type Content = { readonly children: Node[]; readonly pieces: Piece[]; at: number }

class FragmentReader {
  readonly #chunk: ChunkReader
  readonly #end: number
  readonly #inDefinition: boolean
  #nodes = 0

  constructor(chunk: ChunkReader, end: number, inDefinition: boolean) {
    this.#chunk = chunk
    this.#end = end
    this.#inDefinition = inDefinition
  }

  /** Everything up to the end of the element (whose token is taken) or of the fragment. */
  content(from: number, depth: number): Content {
    const chunk = this.#chunk
    if (depth > depthMax) throw new Damage('elements are nested too deep')
    const found: Content = { children: [], pieces: [], at: from }
    const keys = new Map<string, number>()
    while (found.at < this.#end) {
      const token = chunk.u8(found.at)
      if (token === 0x00 || token === 0x04) {
        found.at++
        break
      }
      if (token === 0x0f) found.at += 4
      else if (token === 0x01 || token === 0x41) this.#element(found, depth, keys)
      else if (token === 0x0c) this.#instance(found)
      else if (!this.#piece(found, token)) throw new Damage(`an unknown token 0x${token.toString(16)}`)
    }
    return found
  }

  #element(found: Content, depth: number, keys: Map<string, number>): void {
    const chunk = this.#chunk
    if (++this.#nodes > nodesMax) throw new Damage('too many elements')
    const hasAttributes = chunk.u8(found.at) === 0x41
    let at = found.at + (this.#inDefinition ? 3 : 1) + 4
    const nameAt = chunk.u32(at)
    at += 4
    const name = chunk.name(nameAt)
    if (nameAt === at) at += chunk.nameSize(at)
    const attributes: Attribute[] = []
    if (hasAttributes) at = this.#attributes(at + 4, attributes)
    const close = chunk.u8(at)
    let inner: Content = { children: [], pieces: [], at: at + 1 }
    if (close === 0x02) inner = this.content(at + 1, depth + 1)
    else if (close !== 0x03) throw new Damage(`an element's start ends with 0x${close.toString(16)}`)
    found.at = inner.at
    found.children.push(makeNode(name, attributes, inner, keys))
  }

  #attributes(from: number, out: Attribute[]): number {
    const chunk = this.#chunk
    let at = from
    for (;;) {
      const token = chunk.u8(at)
      if (token !== 0x06 && token !== 0x46) return at
      if (++this.#nodes > nodesMax) throw new Damage('too many attributes')
      const nameAt = chunk.u32(at + 1)
      at += 5
      const key = JSON.stringify(chunk.name(nameAt))
      if (nameAt === at) at += chunk.nameSize(at)
      const value: Content = { children: [], pieces: [], at }
      while (this.#piece(value, chunk.u8(value.at))) if (value.at >= this.#end) break
      at = value.at
      out.push({ key, pieces: value.pieces })
    }
  }

  /** A token of text; false if it is none. */
  #piece(found: Content, token: number): boolean {
    const chunk = this.#chunk
    const { at } = found
    switch (token) {
      case 0x05:
      case 0x45: {
        const characters = chunk.u16(at + 2)
        found.pieces.push(chunk.utf16(at + 4, characters))
        found.at = at + 4 + characters * 2
        return true
      }
      case 0x07:
      case 0x47:
      case 0x0b: {
        const characters = chunk.u16(at + 1)
        if (token !== 0x0b) found.pieces.push(chunk.utf16(at + 3, characters))
        found.at = at + 3 + characters * 2
        return true
      }
      case 0x08:
      case 0x48:
        found.pieces.push(String.fromCharCode(chunk.u16(at + 1)))
        found.at = at + 3
        return true
      case 0x09:
      case 0x49:
      case 0x0a: {
        const nameAt = chunk.u32(at + 1)
        if (token !== 0x0a) found.pieces.push(entities.get(chunk.name(nameAt)) ?? `&${chunk.name(nameAt)};`)
        found.at = at + 5 + (nameAt === at + 5 ? chunk.nameSize(nameAt) : 0)
        return true
      }
      case 0x0d:
      case 0x0e:
        found.pieces.push(chunk.u16(at + 1))
        found.at = at + 4
        return true
      default:
        return false
    }
  }

  #instance(found: Content): void {
    found.children.push({
      key: undefined,
      namedBy: undefined,
      attributes: [],
      children: [],
      pieces: [],
      unnamed: false,
      instanceAt: found.at
    })
    found.at = instanceEnd(this.#chunk, found.at)
  }
}

const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"]
])

/** `<Data Name="X">` is `"X": …`, as evtx_dump writes it; a key that comes again gets a number. */
function makeNode(name: string, attributes: readonly Attribute[], inner: Content, keys: Map<string, number>): Node {
  const isData = name === 'Data'
  const naming = isData ? attributes.find(one => one.key === '"Name"') : undefined
  const literal = naming?.pieces.every(piece => typeof piece === 'string') === true
  let key: string | undefined = naming === undefined ? name : literal ? naming.pieces.join('') : undefined
  if (key !== undefined) {
    const times = keys.get(key) ?? 0
    keys.set(key, times + 1)
    if (times > 0) key += `_${times}`
  }
  return {
    key: key === undefined ? undefined : `${JSON.stringify(key)}:`,
    namedBy: naming !== undefined && !literal ? naming.pieces : undefined,
    attributes: naming === undefined ? attributes : [],
    children: inner.children,
    pieces: inner.pieces,
    unnamed: isData && naming === undefined,
    instanceAt: undefined
  }
}

/** Where the values of the instance at `at` begin, and its template's definition. */
export function instanceParts(
  chunk: ChunkReader,
  at: number
): { readonly definition: number; readonly values: number } {
  const definition = chunk.u32(at + 6)
  const own = definition === at + 10
  return { definition, values: own ? at + 10 + 24 + chunk.u32(definition + 20) : at + 10 }
}

/** The first byte behind the instance. */
function instanceEnd(chunk: ChunkReader, at: number): number {
  const { values } = instanceParts(chunk, at)
  const count = chunk.u32(values)
  if (count > 65_536) throw new Damage('too many values')
  let end = values + 4 + count * 4
  for (let i = 0; i < count; i++) end += chunk.u16(values + 4 + i * 4)
  return end
}

/** The template defined at an offset of the chunk. */
export function templateAt(chunk: ChunkReader, offset: number): Template {
  const known = chunk.templates.get(offset)
  if (known !== undefined) return known
  const size = chunk.u32(offset + 20)
  const from = offset + 24
  if (from + size > chunk.bytes.length) throw new Damage('a template is longer than its chunk')
  const made = readFragment(chunk, from, from + size, true)
  chunk.templates.set(offset, made)
  return made
}
