/**
 * Turns events into rows: a `Native` block for the table `events`, and the templates that give document and original text back.
 * Stands at the end of the pipeline's worker; its twin is `rebuild.ts`. Pure but for the buffers that it reuses.
 *
 * The walk over a document is a walk through a tree of states that remembers all shapes seen: each state knows, for each key, which
 * column or map entry takes the value and which state comes next, and the state at the end *is* the template. The original text is
 * walked the same way: at each leaf the states remember which stored value it was equal to the last time, so that all but the
 * first record of a shape cost one comparison a leaf.
 */

import {
  type Column,
  capitalsMark,
  columnOf,
  columns,
  computedFields,
  orderFields,
  pivotFields,
  relatedFields,
  repeatedFields,
  repeatMark
} from '../../core/columns.ts'
import { COMMUNITY_ID, completeEvent } from '../../core/event.ts'
import { ipText, writeIp } from '../../core/ip.ts'
import type { EcsEvent, JsonObject, JsonValue } from '../../core/parser.ts'
import { parseIso } from '../../core/time.ts'
import {
  FieldsColumn,
  IpColumn,
  type NativeColumn,
  NumberColumn,
  nativeBlock,
  TextColumn,
  TimeColumn,
  timeUsMax,
  timeUsMin,
  WordColumn,
  WordsColumn
} from './native-columns.ts'
import { computedKey, isTimeText, milliseconds, timeStyle } from './template.ts'

export type EncodedRecord = {
  readonly event: EcsEvent
  /** Microseconds since 1970. */
  readonly timeUs: number
  /** The record has no time of its own; `timeUs` is when it came, or its file was written. */
  readonly undated: boolean
  readonly kind: string
  readonly source: string
  readonly format: string
  readonly receivedMs: number
  readonly idHigh: number
  readonly idLow: number
  /** The record's text and where its bytes are. `text` is undefined where the bytes are not valid UTF-8. */
  readonly text: string | undefined
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** The parsed record, for formats that are JSON. */
  readonly json: JsonObject | undefined
  /** The text is fields between single spaces. */
  readonly tokens: boolean
}

/** How a value is referred to in a template; see template.ts. The numbers index `Edge.next`. */
const qc = 0
const pc = 1
const qm = 2
const pm = 3
const qt3Z = 4
const qt0Z = 5
const qt6Z = 6
const qi = 7
const pw = 8
const qe = 9
const pe = 10

type AnyColumn = TextColumn | WordColumn | WordsColumn | NumberColumn | TimeColumn | IpColumn

/** A field, and what the row under way holds in it. */
class Slot {
  readonly field: string
  readonly column: AnyColumn | undefined
  readonly type: Column['type'] | undefined
  row = -1
  count = 0
  values: (string | number | boolean)[] = []
  codes: number[] = []
  /** A name with characters that a template gives a meaning to: its values are never referred to. */
  readonly odd: boolean
  /** The row in which the column's list was referred to as a whole: what comes later must not add to it. */
  frozen = -1
  /** The slot that this one mostly repeats. */
  repeats: Slot | undefined
  /** For time columns: the microseconds put, and whether the original has refined them. */
  us = 0
  refined = false

  constructor(field: string, column: AnyColumn | undefined) {
    this.field = field
    this.column = column
    this.type = column === undefined ? undefined : columnOf(field)?.type
    this.odd = hasControl(field)
  }
}

/** How an original value was found to follow from a stored one. */
type Match = {
  readonly slot: Slot
  readonly index: number
  readonly code: number
  readonly how: How
  readonly style: string
  next: State
}
const same = 0
const sameText = 1
const upper = 2
const time = 3
const epoch = 4
const epochMs = 5
type How = 0 | 1 | 2 | 3 | 4 | 5

/** What an edge stands for: a key of an object, an element of an array, a token of a line, or a line as a whole. */
type Place = 0 | 1 | 2 | 3
const member = 0
const arrayElement = 1
const token = 2
const wholeText = 3

class Edge {
  /** What the field is computed from, mostly. */
  readonly computed: 'duration' | 'bytes' | 'packets' | undefined
  /** A field of a word or text column that nothing is special about. */
  readonly plain: boolean
  readonly key: string
  readonly place: Place
  readonly slot: Slot
  next: (State | undefined)[] = []
  object: State | undefined
  array: State | undefined
  matches: Match[] = []
  misses = 0
  other: State | undefined
  repeated: (State | undefined)[] = []
  literals: Map<string, State> | undefined

  constructor(key: string, place: Place, slot: Slot) {
    this.key = key
    this.place = place
    this.computed = place === member ? computedFields.get(slot.field) : undefined
    const { type } = slot
    this.plain = place === member && (type === 'word' || type === 'text') && slot.repeats === undefined
    this.slot = slot
  }
}

class State {
  readonly parent: State | undefined
  readonly piece: string
  /** The dotted path of the container that we are in, with a dot at its end ('' at the top). */
  readonly prefix: string
  readonly first: boolean
  /** The container we are in, to come back to when it closes. */
  readonly outer: State | undefined
  readonly close: string
  readonly edges = new Map<string, Edge>()
  /** The field that this state's piece gives by referring to another. */
  repeats: string | undefined
  lastKey = ''
  lastEdge: Edge | undefined
  left: State | undefined
  /** In an original whose JSON strings escape slashes. */
  readonly slashes: boolean
  #template: string | undefined

  constructor(
    parent: State | undefined,
    piece: string,
    prefix: string,
    first: boolean,
    outer: State | undefined,
    close: string
  ) {
    this.parent = parent
    this.piece = piece
    this.prefix = prefix
    this.first = first
    this.outer = outer
    this.close = close
    this.slashes = parent?.slashes ?? piece.startsWith('\x02/')
  }

  get template(): string {
    if (this.#template === undefined) {
      const out: string[] = []
      let marks = ''
      for (let state: State | undefined = this; state !== undefined; state = state.parent) {
        out.push(state.piece)
        if (state.repeats !== undefined) marks += repeatMark(state.repeats)
      }
      this.#template = marks + out.reverse().join('')
    }
    return this.#template
  }
}

const statesMax = 60_000
const slotsMax = 50_000
const templatesPerBatchMax = 4_000
const depthMax = 24
const leavesMax = 4_000
/** The map's key under which a document lies whole when its shape is too odd to be a template. */
export const wholeDocument = 'picket.document'

export class EventEncoder {
  rows = 0
  readonly #columns: readonly NativeColumn[]
  readonly #byField = new Map<string, AnyColumn>()
  readonly #fields = new FieldsColumn('fields')
  readonly #id = new NumberColumn('id', 'UInt64')
  readonly #ingested = new NumberColumn('ingested', 'UInt32')
  readonly #position = new NumberColumn('position', 'UInt64')
  #at = 0
  readonly #shape = new WordColumn('shape')
  readonly #originalShape = new WordColumn('original_shape')
  readonly #original = new TextColumn('original')
  readonly #source: WordColumn
  readonly #format: WordColumn
  readonly #kind: WordColumn
  readonly #timestamp: TimeColumn
  readonly #undated: NumberColumn
  #slots = new Map<string, Slot>()
  /** The slots that the row under way holds something in: the first so many. A list made shorter would grow anew in each row. */
  readonly #touched: Slot[] = []
  #touchedCount = 0
  /** Computed fields of the document under way, for when all that they follow from is known. */
  readonly #computed: [Slot, number][] = []
  #timestampSlot!: Slot
  #messageSlot!: Slot
  /** What computed fields follow from. */
  #behind!: Record<'duration' | 'bytes' | 'packets', [Slot, Slot]>
  #states = 0
  #documentRoot!: State
  #jsonRoot!: State
  #slashRoot!: State
  #tokensRoot!: State
  #templates = new Set<string>()
  #leaves = 0
  #rest = ''
  readonly #scratch = new Uint8Array(16)
  /** Fields that have a column but whose values, some of them, stand in the map: searches must look there too. */
  readonly spilled = new Set<string>()

  constructor() {
    const made = columns.map(column => {
      const native = columnFor(column)
      this.#byField.set(column.field, native)
      return native
    })
    this.#columns = [
      this.#id,
      this.#ingested,
      this.#position,
      ...made,
      this.#fields,
      this.#shape,
      this.#originalShape,
      this.#original
    ]
    this.#source = this.#byField.get('picket.source') as WordColumn
    this.#format = this.#byField.get('picket.format') as WordColumn
    this.#kind = this.#byField.get('picket.kind') as WordColumn
    this.#timestamp = this.#byField.get('@timestamp') as TimeColumn
    this.#undated = this.#byField.get('picket.undated') as NumberColumn
    this.#forget()
  }

  /** Starts a block; what was encoded before is gone. `position`: the place of its rows in the order of commits; 0 is before all. */
  begin(position = 0): void {
    this.rows = 0
    this.#at = position
    for (const column of this.#columns) column.reset()
    this.#templates.clear()
    for (const slot of this.#slots.values()) slot.row = slot.frozen = -1
    if (this.#states > statesMax || this.#slots.size > slotsMax) this.#forget()
  }

  #forget(): void {
    this.#states = 0
    this.#slots = new Map()
    this.#touched.length = 0
    this.#timestampSlot = this.#slot('@timestamp')
    this.#messageSlot = this.#slot('message')
    const pair = (a: string, b: string): [Slot, Slot] => [this.#slot(a), this.#slot(b)]
    this.#behind = {
      duration: pair('event.start', 'event.end'),
      bytes: pair('source.bytes', 'destination.bytes'),
      packets: pair('source.packets', 'destination.packets')
    }
    this.#documentRoot = new State(undefined, '{', '', true, undefined, '}')
    this.#jsonRoot = new State(undefined, '{', '', true, undefined, '}')
    this.#slashRoot = new State(undefined, '\x02/{', '', true, undefined, '}')
    this.#tokensRoot = new State(undefined, '', '', true, undefined, '')
  }

  #slot(field: string): Slot {
    let slot = this.#slots.get(field)
    if (slot === undefined) {
      slot = new Slot(field, field.startsWith('picket.') ? undefined : this.#byField.get(field))
      this.#slots.set(field, slot)
      const other = repeatedFields.get(field)
      if (other !== undefined) slot.repeats = this.#slot(other)
    }
    return slot
  }

  /** The block of all rows added since `begin`. */
  finish(): Buffer {
    for (const field of orderFields) {
      const column = this.#byField.get(field) as WordColumn
      if (column.some(text => /[A-Z]/.test(text))) this.spilled.add(capitalsMark(field))
    }
    return nativeBlock(this.#columns, this.rows)
  }

  add(record: EncodedRecord): void {
    const row = this.rows++
    this.#touchedCount = 0
    this.#computed.length = 0
    this.#leaves = 0
    this.#id.putHalves(row, record.idHigh, record.idLow)
    this.#ingested.put(row, Math.floor(record.receivedMs / 1000))
    if (this.#at > 0) this.#position.put(row, this.#at)
    this.#source.put(row, record.source)
    this.#format.put(row, record.format)
    if (record.kind !== '') this.#kind.put(row, record.kind)
    const timeUs = Math.min(Math.max(Math.floor(record.timeUs), timeUsMin), timeUsMax - 1)
    this.#timestamp.put(row, timeUs)
    if (record.undated) this.#undated.put(row, 1)
    const slot = this.#timestampSlot
    this.#touch(slot, row)
    slot.us = timeUs
    slot.refined = true

    // A lone surrogate (`\\ud800` in JSON) cannot be stored as UTF-8.
    const surrogates =
      record.json !== undefined &&
      (record.text === undefined || (record.text.includes('\\u') && surrogateEscape.test(record.text)))
    this.#document(record.event, row, surrogates)
    this.#originalText(record, row)
  }

  #document(event: EcsEvent, row: number, surrogates: boolean): void {
    let state: State | undefined
    if (this.#states <= statesMax && !(surrogates && !isWellFormed(event))) {
      state = this.#object(event as Record<string, unknown>, this.#documentRoot, row, 0)
      const related = event['related']
      if (state !== undefined && isPlainObject(related)) {
        state = this.#related(related, state, row)
      }
      if (state !== undefined && this.#computed.length > 0) {
        state = computedKey in event ? undefined : this.#computedFields(state, row)
      }
      if (state !== undefined) {
        const template = this.#left(state).template
        if (this.#templates.has(template)) {
          this.#shape.put(row, template)
          return
        }
        if (this.#templates.size < templatesPerBatchMax) {
          this.#templates.add(template)
          this.#shape.put(row, template)
          return
        }
      }
    }
    if (this.#touchedCount <= 1) this.#flatten(event as Record<string, unknown>, '', row, 0)
    this.#shape.put(row, `\x01pm${wholeDocument}\x02`)
    this.#fields.put(row, wholeDocument, JSON.stringify(completeEvent(event)))
  }

  #left(state: State): State {
    if (state.left === undefined) {
      const outer = state.outer
      state.left = this.#state(state, state.close, outer?.prefix ?? '', false, outer?.outer, outer?.close ?? '')
    }
    return state.left
  }

  #state(parent: State, piece: string, prefix: string, first: boolean, outer: State | undefined, close: string): State {
    this.#states++
    return new State(parent, piece, prefix, first, outer, close)
  }

  #next(state: State, piece: string, repeats?: string): State {
    const next = this.#state(state, piece, state.prefix, false, state.outer, state.close)
    next.repeats = repeats
    return next
  }

  #enter(state: State, piece: string, prefix: string, close: string): State {
    return this.#state(state, piece, prefix, true, state, close)
  }

  #edge(state: State, key: string): Edge {
    // Nearly every state is left by the same key each time.
    if (state.lastKey === key && state.lastEdge !== undefined) return state.lastEdge
    let edge = state.edges.get(key)
    if (edge === undefined) {
      edge = new Edge(key, member, this.#slot(state.prefix + key))
      state.edges.set(key, edge)
      this.#states++
    }
    state.lastKey = key
    state.lastEdge = edge
    return edge
  }

  #elementEdge(state: State): Edge {
    if (state.lastEdge === undefined) {
      state.lastEdge = new Edge('', arrayElement, this.#slot(state.prefix))
      this.#states++
    }
    return state.lastEdge
  }

  /** The state after the object's leaves, still inside of it; undefined where the document is too large to be a template. */
  #object(value: Record<string, unknown>, from: State, row: number, depth: number): State | undefined {
    let state: State | undefined = from
    let address: unknown
    for (const key in value) {
      const item = value[key]
      if (item === undefined || item === null) continue
      // The common case in one go: a text for a column of texts, in a shape seen before.
      const edge: Edge | undefined = state.lastKey === key ? state.lastEdge : undefined
      if (typeof item === 'string' && edge?.plain === true && item !== '') {
        const slot: Slot = edge.slot
        const next: State | undefined = edge.next[qc]
        if (next !== undefined && slot.row !== row) {
          slot.row = row
          slot.refined = false
          slot.count = 1
          slot.values[0] = item
          slot.codes[0] = qc
          this.#touched[this.#touchedCount++] = slot
          ;(slot.column as WordColumn).put(row, item)
          this.#leaves++
          state = next
          continue
        }
      }
      // After the addresses that it repeats.
      if (key === 'address' && depth === 1) address = item
      else if (depth > 0 || key !== 'related' || !isPlainObject(item))
        state = this.#member(state, key, item, row, depth)
      if (state === undefined) return undefined
    }
    if (address !== undefined) {
      const edge = this.#edge(state, 'address')
      state =
        (typeof address === 'string' && this.#repeat(state, edge, address, row, state.prefix)) ||
        this.#member(state, 'address', address, row, depth)
    }
    return state
  }

  #member(state: State, key: string, item: unknown, row: number, depth: number): State | undefined {
    const edge = this.#edge(state, key)
    if (edge.computed !== undefined && typeof item === 'number') {
      this.#computed.push([edge.slot, item])
      return state
    }
    if (typeof item === 'object') {
      if (item === null) return state
      if (depth >= depthMax) return undefined
      if (Array.isArray(item)) return this.#array(state, edge, item, row, depth)
      edge.object ??= this.#enter(state, comma(state) + JSON.stringify(key) + ':{', state.prefix + key + '.', '}')
      const inside = this.#object(item as Record<string, unknown>, edge.object, row, depth + 1)
      if (inside === undefined) return undefined
      return inside === edge.object ? state : this.#left(inside)
    }
    return this.#leaf(state, edge, item, row)
  }

  #leaf(state: State, edge: Edge, item: unknown, row: number): State | undefined {
    if (++this.#leaves > leavesMax || edge.slot.odd) return undefined
    if (edge.slot.repeats?.type === 'time' && typeof item === 'string') {
      const repeated = this.#repeatTime(state, edge, edge.slot.repeats, item, row)
      if (repeated !== undefined) return repeated
    }
    const { repeats } = edge.slot
    if (repeats !== undefined && repeats.row === row && (edge.slot.row !== row || edge.slot.count === 0)) {
      const repeated = this.#repeatOther(state, edge, repeats, item)
      if (repeated !== undefined) return repeated
    }
    const code = this.#put(edge.slot, item, row)
    if (code < 0) return state
    let next = edge.next[code]
    if (next === undefined) {
      next = this.#next(state, before(state, edge) + referenceOf(edge.slot, code, edge.slot.count - 1))
      edge.next[code] = next
    }
    return next
  }

  #array(state: State, edge: Edge, items: readonly unknown[], row: number, depth: number): State | undefined {
    const slot = edge.slot
    if (
      slot.column instanceof WordsColumn &&
      items.length > 0 &&
      (slot.row !== row || slot.count === 0) &&
      items.every(isWord)
    ) {
      const other = slot.repeats
      if (other !== undefined && other.row === row && other.type === 'words' && sameList(other, items)) {
        other.frozen = row
        edge.repeated[2] ??= this.#next(state, `${before(state, edge)}\x01pw${other.field}\x02`, slot.field)
        return edge.repeated[2]
      }
      ;(slot.column as WordsColumn).put(row, items as string[])
      this.#touch(slot, row)
      for (let i = 0; i < items.length; i++) {
        slot.values[i] = items[i] as string
        slot.codes[i] = qe
      }
      slot.count = items.length
      slot.frozen = row
      edge.next[pw] ??= this.#next(state, comma(state) + JSON.stringify(edge.key) + ':' + referenceOf(slot, pw, 0))
      return edge.next[pw]
    }
    edge.array ??= this.#enter(state, comma(state) + JSON.stringify(edge.key) + ':[', state.prefix + edge.key, ']')
    let inside: State | undefined = edge.array
    for (const item of items) {
      if (item === undefined || item === null) continue
      inside = this.#element(inside, item, row, depth)
      if (inside === undefined) return undefined
    }
    return inside === edge.array ? state : this.#left(inside)
  }

  #element(state: State, item: unknown, row: number, depth: number): State | undefined {
    const edge = this.#elementEdge(state)
    if (typeof item !== 'object' || item === null) return this.#leaf(state, edge, item, row)
    if (depth >= depthMax || Array.isArray(item)) return undefined
    edge.object ??= this.#enter(state, comma(state) + '{', state.prefix + '.', '}')
    const inside = this.#object(item as Record<string, unknown>, edge.object, row, depth + 1)
    if (inside === undefined) return undefined
    return inside === edge.object ? state : this.#left(inside)
  }

  /** `related.*`: values that stand elsewhere in the row are only referred to. */
  #related(related: Record<string, unknown>, from: State, row: number): State | undefined {
    const edge = this.#edge(from, 'related')
    edge.object ??= this.#enter(from, comma(from) + '"related":{', 'related.', '}')
    let state: State | undefined = edge.object
    for (const key in related) {
      const items = related[key]
      if (!Array.isArray(items) || !relatedKeys.has(key) || !items.every(isText)) {
        if (items !== undefined && items !== null) state = this.#member(state, key, items, row, 1)
      } else if (items.length > 0) {
        const list: Edge = this.#edge(state, key)
        list.array ??= this.#enter(state, comma(state) + JSON.stringify(key) + ':[', state.prefix + key, ']')
        let inside: State | undefined = list.array
        for (const item of items) {
          const element: Edge = this.#elementEdge(inside)
          inside = this.#repeat(inside, element, item, row) ?? this.#leaf(inside, element, item, row)
          if (inside === undefined) return undefined
        }
        state = inside === list.array ? state : this.#left(inside)
      }
      if (state === undefined) return undefined
    }
    return state === edge.object ? from : this.#left(state)
  }

  #computedFields(from: State, row: number): State | undefined {
    const outer = this.#edge(from, computedKey)
    outer.object ??= this.#enter(from, `${comma(from)}${JSON.stringify(computedKey)}:{`, '', '}')
    let state: State | undefined = outer.object
    for (const [slot, item] of this.#computed) {
      const edge: Edge = this.#edge(state, slot.field)
      const what = edge.computed!
      if (slot.row === row || !this.#follows(what, item, row)) state = this.#leaf(state, edge, item, row)
      else {
        edge.repeated[0] ??= this.#next(
          state,
          before(state, edge) + (what === 'duration' ? '\x01pd\x02' : `\x01ps${what}\x02`),
          slot.field
        )
        state = edge.repeated[0]
      }
      if (state === undefined) return undefined
    }
    return this.#left(state)
  }

  /** Does the computed field follow from what the row's columns hold? */
  #follows(what: 'duration' | 'bytes' | 'packets', item: number, row: number): boolean {
    if (what === 'duration') {
      const [start, end] = this.#behind.duration
      for (const slot of [start, end]) {
        if (slot.row !== row || slot.count !== 1 || slot.codes[0] === qm || slot.codes[0] === pm) return false
      }
      return (milliseconds(end.us) - milliseconds(start.us)) * 1_000_000 === item
    }
    let sum = 0
    for (const slot of this.#behind[what]) {
      if (slot.row !== row || slot.count === 0) continue
      const value = slot.values[0]
      if (typeof value !== 'number' || slot.count > 1 || (slot.codes[0] !== pc && value !== 0)) return false
      sum += value
    }
    return sum === item && item !== 0
  }

  /** A reference to an equal value of the row, if there is one. */
  #repeat(state: State, edge: Edge, item: string, row: number, within = ''): State | undefined {
    for (const match of edge.matches) {
      if (holds(match, item, row)) return match.next
    }
    const found = edge.matches.length < 12 && isDue(edge) ? this.#find(item, row, false, within) : undefined
    if (found === undefined) {
      edge.misses++
      return undefined
    }
    const match: Match = { ...found, next: this.#next(state, before(state, edge) + matchReference(found, 'q')) }
    edge.matches.push(match)
    return match.next
  }

  /** A field that is known to repeat another one, where it does: single values in their column, or whole lists. */
  #repeatOther(state: State, edge: Edge, other: Slot, item: unknown): State | undefined {
    if (other.count !== 1 || (typeof item !== 'string' && typeof item !== 'number')) return undefined
    const code = other.codes[0]!
    const value = other.values[0]
    if ((code !== qc && code !== pc) || (value !== item && String(value) !== String(item))) return undefined
    const place = typeof item === 'string' ? 0 : 1
    edge.repeated[place] ??= this.#next(
      state,
      `${before(state, edge)}\x01${place === 0 ? 'q' : 'p'}c${other.field}\x02`,
      edge.slot.field
    )
    return edge.repeated[place]
  }

  /** A time in a source's own words (`flow.start`) that stands in a column already, or makes it more precise, is only referred to. */
  #repeatTime(state: State, edge: Edge, other: Slot, item: string, row: number): State | undefined {
    for (const match of edge.matches) {
      if (holds(match, item, row)) return match.next
    }
    if (edge.matches.length >= 12) return undefined
    const style = timeStyle(item)
    if (style === undefined || other.row !== row) return undefined
    const found = { slot: other, index: 0, code: other.codes[0] ?? qt3Z, how: time, style } as const
    const match: Match = {
      ...found,
      next: this.#next(state, before(state, edge) + matchReference(found, 'q'), edge.slot.field)
    }
    if (!holds(match, item, row)) return undefined
    edge.matches.push(match)
    return match.next
  }

  #touch(slot: Slot, row: number): void {
    if (slot.row !== row) {
      slot.row = row
      slot.count = 0
      slot.refined = false
      this.#touched[this.#touchedCount++] = slot
    }
  }

  /** Stores the value where its field's home is, and says how it is referred to; -1 for what is not a value. */
  #put(slot: Slot, item: unknown, row: number): number {
    let code: number
    if (typeof item === 'string') code = this.#putText(slot, item, row)
    else if (typeof item === 'number') {
      if (!Number.isFinite(item)) return -1
      code = this.#putNumber(slot, item, row)
    } else if (typeof item === 'boolean') {
      this.#touch(slot, row)
      if (slot.count === 0 && (slot.type === 'word' || slot.type === 'text')) {
        ;(slot.column as WordColumn | TextColumn).put(row, item ? 'true' : 'false')
        code = pc
      } else {
        if (slot.type !== undefined) this.spilled.add(slot.field)
        this.#fields.put(row, slot.field, item ? 'true' : 'false')
        code = pm
      }
    } else if (item === COMMUNITY_ID) {
      return qi
    } else return -1
    slot.values[slot.count] = item
    slot.codes[slot.count++] = code
    return code
  }

  #putText(slot: Slot, item: string, row: number): number {
    this.#touch(slot, row)
    if (slot.type === 'words' && item !== '' && slot.frozen !== row) {
      ;(slot.column as WordsColumn).push(row, item)
      return qe
    }
    if (slot.count === 0 && item !== '') {
      switch (slot.type) {
        case 'word':
          ;(slot.column as WordColumn).put(row, item)
          return qc
        case 'text':
          ;(slot.column as TextColumn).put(row, item)
          return qc
        case 'ip':
          if ((slot.column as IpColumn).put(row, item) && (!item.includes(':') || this.#canonicalIp(item))) return qc
          break
        case 'time': {
          const code = this.#putTime(slot, item, row)
          if (code !== qm) return code
          break
        }
        case undefined:
        case 'words':
          break
        default: {
          const number = Number(item)
          if (number !== 0 && String(number) === item && (slot.column as NumberColumn).put(row, number)) return qc
        }
      }
    }
    if (slot.type !== undefined) this.spilled.add(slot.field)
    this.#fields.put(row, slot.field, item)
    return qm
  }

  #putTime(slot: Slot, item: string, row: number): number {
    const own = slot === this.#timestampSlot
    const us = parseIso(item)
    // The epoch itself is the column's default: it stands in the map, so that presence is never in doubt.
    if (us === undefined || us === 0) return qm
    // The event's own time may be finer than its document says.
    if (own ? Math.floor(slot.us / 1000) !== Math.floor(us / 1000) : !(slot.column as TimeColumn).put(row, us))
      return qm
    if (!own) slot.us = us
    const plain = item.charCodeAt(10) === 84 && item.charCodeAt(item.length - 1) === 90 && item.charCodeAt(17) !== 54
    if (plain && item.length === 24) return qt3Z
    if (plain && item.length === 20) return qt0Z
    slot.refined = true
    if (plain && item.length === 27 && slot.us === us) return qt6Z
    return qm
  }

  #canonicalIp(text: string): boolean {
    return text !== '::' && writeIp(text, this.#scratch, 0) && ipText(this.#scratch, 0) === text
  }

  #putNumber(slot: Slot, item: number, row: number): number {
    this.#touch(slot, row)
    if (slot.count === 0) {
      switch (slot.type) {
        case 'u8':
        case 'u16':
        case 'u32':
        case 'u64':
          if (item !== 0 && (slot.column as NumberColumn).put(row, item)) return pc
          break
        case 'word':
          ;(slot.column as WordColumn).put(row, String(item))
          return pc
        case 'text':
          ;(slot.column as TextColumn).put(row, String(item))
          return pc
      }
    }
    if (slot.type === 'words' && slot.frozen !== row) {
      ;(slot.column as WordsColumn).push(row, String(item))
      return pe
    }
    if (slot.type !== undefined) this.spilled.add(slot.field)
    this.#fields.put(row, slot.field, String(item))
    return pm
  }

  /** For documents too odd to be a template: their leaves, as far as the bounds allow, so that they can be found. */
  #flatten(value: Record<string, unknown>, prefix: string, row: number, depth: number): void {
    for (const key in value) {
      const item = value[key]
      if (this.#leaves > leavesMax) return
      const items = Array.isArray(item) ? item : [item]
      for (const one of items) {
        if (typeof one === 'object' && one !== null) {
          if (depth < depthMax && !Array.isArray(one))
            this.#flatten(one as Record<string, unknown>, prefix + key + '.', row, depth + 1)
        } else if (one !== undefined && one !== null) {
          this.#leaves++
          this.#put(this.#slot(prefix + key), one, row)
        }
      }
    }
  }

  // The original text.

  #originalText(record: EncodedRecord, row: number): void {
    const { text, json } = record
    this.#rest = ''
    this.#leaves = 0
    let state: State | undefined
    if (text !== undefined && this.#states <= statesMax) {
      if (json !== undefined) {
        const plain = JSON.stringify(json)
        // A lone surrogate (`\ud800`) cannot be stored as UTF-8.
        if (text.includes('\\ud')) state = undefined
        else if (plain === text) state = this.#originalObject(json, this.#jsonRoot, row, 0)
        else if (plain.length < text.length && plain.replaceAll('/', '\\/') === text) {
          state = this.#originalObject(json, this.#slashRoot, row, 0)
        }
        if (state !== undefined) state = this.#left(state)
      } else if (!hasControl(text)) {
        state = record.tokens ? this.#originalTokens(text, row) : this.#originalMessage(text, row)
      }
    }
    if (state !== undefined) {
      const template = state.template
      const known = this.#templates.has(template)
      if (known || this.#templates.size < templatesPerBatchMax) {
        if (!known) this.#templates.add(template)
        this.#originalShape.put(row, template)
        if (this.#rest !== '') this.#original.put(row, this.#rest)
        return
      }
    }
    this.#original.putBytes(row, record.bytes, record.start, record.end)
  }

  #originalObject(value: JsonObject, from: State, row: number, depth: number): State | undefined {
    let state: State | undefined = from
    for (const key in value) {
      state = this.#originalMember(state, this.#originalEdge(state, key, member), value[key] as JsonValue, row, depth)
      if (state === undefined) return undefined
    }
    return state
  }

  #originalEdge(state: State, key: string, place: Place): Edge {
    if (state.lastKey === key && state.lastEdge !== undefined) return state.lastEdge
    let edge = state.edges.get(key)
    if (edge === undefined) {
      edge = new Edge(key, place, this.#timestampSlot)
      state.edges.set(key, edge)
      this.#states++
    }
    state.lastKey = key
    state.lastEdge = edge
    return edge
  }

  #originalMember(state: State, edge: Edge, item: JsonValue, row: number, depth: number): State | undefined {
    if (++this.#leaves > leavesMax || depth >= depthMax) return undefined
    if (typeof item === 'object') {
      if (item === null) return this.#literal(state, edge, 'null')
      if (Array.isArray(item)) {
        edge.array ??= this.#enter(state, before(state, edge) + '[', '', ']')
        let inside: State | undefined = edge.array
        for (let i = 0; i < item.length; i++) {
          const element: Edge = this.#originalEdge(inside, '', arrayElement)
          inside = this.#originalMember(inside, element, item[i]!, row, depth + 1)
          if (inside === undefined) return undefined
        }
        return this.#left(inside)
      }
      edge.object ??= this.#enter(state, before(state, edge) + '{', '', '}')
      const inside = this.#originalObject(item, edge.object, row, depth + 1)
      return inside === undefined ? undefined : this.#left(inside)
    }
    if (typeof item === 'boolean') return this.#literal(state, edge, item ? 'true' : 'false')
    return this.#originalLeaf(state, edge, item, typeof item === 'string' ? 'q' : 'p', row)
  }

  #literal(state: State, edge: Edge, text: string): State {
    edge.literals ??= new Map()
    let next = edge.literals.get(text)
    if (next === undefined) {
      next = this.#next(state, before(state, edge) + text)
      edge.literals.set(text, next)
    }
    return next
  }

  #originalLeaf(state: State, edge: Edge, item: string | number, render: 'q' | 'p', row: number): State {
    const matches = edge.matches
    for (let i = 0; i < matches.length; i++) {
      if (holds(matches[i]!, item, row)) return matches[i]!.next
    }
    if (matches.length < 8 && isDue(edge)) {
      const found = this.#find(item, row, true)
      if (found !== undefined) {
        const match: Match = { ...found, next: this.#next(state, before(state, edge) + matchReference(found, render)) }
        matches.push(match)
        return match.next
      }
    }
    edge.misses++
    let piece = render === 'q' ? JSON.stringify(item) : String(item)
    if (state.slashes) piece = piece.replaceAll('/', '\\/')
    this.#rest = this.#rest === '' ? piece : this.#rest + '\x01' + piece
    edge.other ??= this.#next(state, before(state, edge) + '\x01po\x02')
    return edge.other
  }

  #originalTokens(text: string, row: number): State | undefined {
    let state = this.#tokensRoot
    let start = 0
    for (let tokens = 0; ; tokens++) {
      if (tokens > 64) return undefined
      const space = text.indexOf(' ', start)
      const part = space < 0 ? text.slice(start) : text.slice(start, space)
      if (part === '') return undefined
      const edge = this.#originalEdge(state, '', token)
      state = part === '-' ? this.#literal(state, edge, '-') : this.#originalLeaf(state, edge, part, 'p', row)
      if (space < 0) return state
      start = space + 1
    }
  }

  /** Text that ends with the event's message: only what stands before it is kept. */
  #originalMessage(text: string, row: number): State | undefined {
    const slot = this.#messageSlot
    if (slot.row !== row || slot.count === 0 || slot.codes[0] !== qc) return undefined
    const message = slot.values[0] as string
    if (!text.endsWith(message)) return undefined
    const edge = this.#originalEdge(this.#tokensRoot, 'message', wholeText)
    if (message.length === text.length) return this.#literal(this.#tokensRoot, edge, '\x01pcmessage\x02')
    this.#rest = text.slice(0, text.length - message.length)
    return this.#literal(this.#tokensRoot, edge, '\x01po\x02\x01pcmessage\x02')
  }

  /** A stored value of this row from which the item follows. */
  #find(item: string | number, row: number, original: boolean, within = ''): Omit<Match, 'next'> | undefined {
    const candidates: Omit<Match, 'next'>[] = []
    for (let at = 0; at < this.#touchedCount; at++) {
      const slot = this.#touched[at]!
      if (slot.odd) continue
      // An address is looked for where its own ip and domain are.
      if (within !== '' && slot.field !== `${within}ip` && slot.field !== `${within}domain`) continue
      // What only refers to a value must be findable through it: by the pivot index or among the map's values.
      if (!original && within === '' && slot.column !== undefined && !pivots.has(slot.field)) continue
      for (let index = 0; index < Math.min(slot.count, 16); index++) {
        const code = slot.codes[index]!
        if (code === pw || code === qi) continue
        candidates.push({ slot, index, code, how: same, style: '' })
      }
    }
    const find = (how: How, style: string) =>
      candidates.find(candidate => holds({ ...candidate, how, style, next: this.#tokensRoot }, item, row))
    const found = (how: How, style = '') => {
      const candidate = find(how, style)
      return candidate === undefined ? undefined : { ...candidate, how, style }
    }
    const direct = found(same) ?? (original ? found(sameText) : undefined)
    if (direct !== undefined || !original) return direct
    if (typeof item === 'string') {
      const style = timeStyle(item)
      if (style !== undefined) return this.#findTime(item, style, row)
      if (item.length <= 32 && item !== item.toLowerCase()) {
        const up = found(upper)
        if (up !== undefined) return up
      }
    }
    return this.#findTime(item, 'e', row) ?? this.#findTime(item, 'E', row)
  }

  #findTime(item: string | number, style: string, row: number): Omit<Match, 'next'> | undefined {
    const how = style === 'e' ? epoch : style === 'E' ? epochMs : time
    for (let at = 0; at < this.#touchedCount; at++) {
      const slot = this.#touched[at]!
      if (slot.type !== 'time') continue
      const code = slot.count > 0 ? slot.codes[0]! : qt3Z
      const match = { slot, index: 0, code, how, style } as const
      if (holds({ ...match, next: this.#tokensRoot }, item, row)) return match
    }
    return undefined
  }
}

function columnFor(column: Column): AnyColumn {
  switch (column.type) {
    case 'text':
      return new TextColumn(column.stored)
    case 'word':
      return new WordColumn(column.stored)
    case 'words':
      return new WordsColumn(column.stored)
    case 'ip':
      return new IpColumn(column.stored)
    case 'time':
      return new TimeColumn(column.stored)
    case 'u8':
      return new NumberColumn(column.stored, 'UInt8')
    case 'u16':
      return new NumberColumn(column.stored, 'UInt16')
    case 'u32':
      return new NumberColumn(column.stored, 'UInt32')
    case 'u64':
      return new NumberColumn(column.stored, 'UInt64')
  }
}

const pivots = new Set(pivotFields)
const relatedKeys = new Set(relatedFields.map(field => field.slice('related.'.length)))
const comma = (state: State): string => (state.first ? '' : ',')

/** A leaf that was not found in the row is looked for ever more rarely. */
function isDue({ misses }: Edge): boolean {
  return misses < 4 || (misses & (misses - 1)) === 0
}

/** Do the slot's elements make just this list? */
function sameList(slot: Slot, items: readonly unknown[]): boolean {
  if (slot.count !== items.length) return false
  for (let i = 0; i < items.length; i++) if (slot.values[i] !== items[i] || slot.codes[i] !== qe) return false
  return true
}

/** The literal text before an edge's value. */
function before(state: State, edge: Edge): string {
  if (edge.place === wholeText) return ''
  if (edge.place === token) return state.first ? '' : ' '
  if (edge.place === arrayElement) return comma(state)
  const key = JSON.stringify(edge.key)
  return comma(state) + (state.slashes ? key.replaceAll('/', '\\/') : key) + ':'
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isText = (item: unknown): boolean => typeof item === 'string'
const isWord = (item: unknown): boolean => typeof item === 'string' && item !== ''

/** Does the row's stored value make this item, in this way? A time in milliseconds is refined to the original's microseconds. */
function holds(match: Match, item: string | number, row: number): boolean {
  const slot = match.slot
  if (slot.row !== row) return false
  if (match.how >= time) return timeHolds(match, item, row)
  if (slot.count <= match.index || slot.codes[match.index] !== match.code) return false
  const value = slot.values[match.index]
  if (match.how === same) return value === item
  if (match.how === sameText) {
    if (typeof value === 'number' && typeof item === 'string') return spells(item, value)
    return typeof value !== typeof item && String(value) === String(item)
  }
  return (
    typeof value === 'string' &&
    typeof item === 'string' &&
    value.length === item.length &&
    value !== item &&
    value.toUpperCase() === item
  )
}

function timeHolds(match: Match, item: string | number, row: number): boolean {
  const slot = match.slot
  const code = slot.count > 0 ? slot.codes[0] : qt3Z
  // Only times that stand in the column.
  if (code === qm || code === pm) return slot.field === '@timestamp' && slot.us !== 0 && given(slot.us, match, item)
  if (given(slot.us, match, item)) {
    slot.refined = true
    return true
  }
  if (slot.refined) return false
  const us =
    match.how === time ? parseIso(item as string) : Math.round(Number(item) * (match.how === epoch ? 1_000_000 : 1_000))
  if (us === undefined || !Number.isFinite(us) || Math.floor(us / 1000) !== Math.floor(slot.us / 1000)) return false
  if (!given(us, match, item)) return false
  if (!(slot.column as TimeColumn).put(row, us)) return false
  slot.us = us
  slot.refined = true
  return true
}

function given(us: number, match: Match, item: string | number): boolean {
  if (match.how === epoch) return typeof item === 'number' ? us / 1_000_000 === item : spells(item, us / 1_000_000)
  if (match.how === epochMs) return typeof item === 'number' ? us / 1_000 === item : spells(item, us / 1_000)
  return typeof item === 'string' && isTimeText(us, match.style, item)
}

/** The template's reference to the slot's value number `index`, as a document's leaf of that code. */
function referenceOf(slot: Slot, code: number, index: number): string {
  switch (code) {
    case qc:
      return `\x01qc${slot.field}\x02`
    case pc:
      return `\x01pc${slot.field}\x02`
    case qt3Z:
      return `\x01qt3Z;${slot.field}\x02`
    case qt0Z:
      return `\x01qt0Z;${slot.field}\x02`
    case qt6Z:
      return `\x01qt6Z;${slot.field}\x02`
    case qi:
      return '\x01qi\x02'
    case pw:
      return `\x01pw${slot.field}\x02`
    case qe:
    case pe:
      return `\x01${code === qe ? 'q' : 'p'}e${elementArgument(slot, index)}\x02`
    default:
      return `\x01${code === qm ? 'q' : 'p'}m${mapArgument(slot, index)}\x02`
  }
}

function mapArgument(slot: Slot, index: number): string {
  let place = 0
  for (let i = 0; i < index; i++) if (slot.codes[i] === qm || slot.codes[i] === pm) place++
  return place === 0 ? slot.field : `${slot.field}\x03${place}`
}

/** The place of the slot's value number `index` among the elements of its words column. */
function elementArgument(slot: Slot, index: number): string {
  let place = 0
  for (let i = 0; i < index; i++) if (slot.codes[i] === qe || slot.codes[i] === pe) place++
  return place === 0 ? slot.field : `${slot.field}\x03${place}`
}

function matchReference(match: Omit<Match, 'next'>, render: 'q' | 'p'): string {
  const { slot, code, how } = match
  if (how >= time) return `\x01${render}t${match.style};${slot.field}\x02`
  if (code === qt3Z) return `\x01${render}t3Z;${slot.field}\x02`
  if (code === qt0Z) return `\x01${render}t0Z;${slot.field}\x02`
  if (code === qt6Z) return `\x01${render}t6Z;${slot.field}\x02`
  if (code === qe || code === pe) {
    return `\x01${render}${how === upper ? 'E' : 'e'}${elementArgument(slot, match.index)}\x02`
  }
  if (code === qm || code === pm)
    return `\x01${render}${how === upper ? 'M' : 'm'}${mapArgument(slot, match.index)}\x02`
  return `\x01${render}${how === upper ? 'C' : 'c'}${slot.field}\x02`
}

/** Is this how the number is written? Whole numbers, the common case, without making their text. */
function spells(text: string, number: number): boolean {
  const { length } = text
  if (length > 15 || !Number.isSafeInteger(number)) return String(number) === text
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return String(number) === text
    value = value * 10 + digit
  }
  return value === number && length > 0 && (length === 1 || text.charCodeAt(0) !== 48)
}

const surrogateEscape = /\\ud/i

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  for (const key in value) {
    if (!key.isWellFormed() || !isWellFormed((value as Record<string, unknown>)[key])) return false
  }
  return true
}

function hasControl(text: string): boolean {
  return text.includes('\x01') || text.includes('\x02') || text.includes('\x03') || text.includes('\x04')
}
