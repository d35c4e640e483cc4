/**
 * An event's values, read once for many tests: the fields that anybody asks for form a tree, and one walk over the event collects what
 * stands in them. It finds exactly what `anyValue` of the filter finds: nested fields, arrays at any place of the path, and dotted
 * keys at the top.
 */

import type { EcsEvent } from '../core/parser.ts'
import { isLeaf, type Leaf } from '../filter/event-values.ts'
import { asciiLower } from '../filter/tokens.ts'
import { AnyTexts } from './any-texts.ts'
import { ReusedList } from './reused-list.ts'

/** As in `anyValue`: a longer path is a key at the top only. */
const pathLengthMax = 64
/** Below so many keys the tree's keys are looked up in the object, above it the object's in the tree. */
const keysFew = 4
const depthMax = 64
/** Among so many, one that is there already is looked for. */
const fewTexts = 8
const longText = 24
/** No number has more characters in JavaScript, -1.2345678901234567e-300 has 24. */
const numberLengthMax = 24

class Node {
  field = -1
  readonly keys: string[] = []
  readonly nodes: Node[] = []
  readonly byKey = new Map<string, Node>()

  child(key: string): Node {
    let node = this.byKey.get(key)
    if (node === undefined) {
      node = new Node()
      this.byKey.set(key, node)
      this.keys.push(key)
      this.nodes.push(node)
    }
    return node
  }
}

/** Fields that tests look at together: a field and its other names, which mostly hold the same. */
type Together = {
  readonly fields: readonly number[]
  /** For the event at hand, each text once; undefined until somebody asks. */
  texts: readonly string[] | undefined
  lowers: readonly string[] | undefined
}

const none: readonly string[] = []

export class EventFields {
  readonly #root = new Node()
  readonly #numbers = new Map<string, number>()
  readonly #leaves: ReusedList<Leaf>[] = []
  readonly #together: Together[] = []
  readonly #togetherByKey = new Map<string, number>()
  readonly #asked = new ReusedList<Together>()
  readonly #everything = new ReusedList<string>()
  #event: EcsEvent = {}
  readonly #any = new AnyTexts()
  #anyTexts: readonly string[] | undefined
  #anyLowers: readonly string[] | undefined
  /** The numbers of the fields that have a value in the event read last. */
  readonly present = new ReusedList<number>()

  get size(): number {
    return this.#leaves.length
  }

  /** The field's number; from the next event on its values are read. */
  add(field: string): number {
    const known = this.#numbers.get(field)
    if (known !== undefined) return known
    const number = this.#leaves.length
    this.#numbers.set(field, number)
    this.#leaves.push(new ReusedList())
    this.#root.child(field).field = number
    const path = field.split('.')
    if (path.length > 1 && path.length <= pathLengthMax) {
      let node = this.#root
      for (const key of path) node = node.child(key)
      node.field = number
    }
    return number
  }

  read(event: EcsEvent): void {
    // Nothing of an earlier event is held on to: its strings may be slices of a whole chunk.
    const { present } = this
    for (let i = 0; i < present.count; i++) this.#leaves[present.items[i]!]!.letGo('')
    present.empty()
    const asked = this.#asked
    for (let i = 0; i < asked.count; i++) {
      asked.items[i]!.texts = undefined
      asked.items[i]!.lowers = undefined
    }
    asked.empty()
    this.#everything.letGo('')
    this.#anyTexts = undefined
    this.#anyLowers = undefined
    this.#event = event
    this.#walk(this.#root, event)
  }

  /** The field's values in the event; the caller must not keep or change the list. */
  leaves(number: number): ReusedList<Leaf> {
    return this.#leaves[number]!
  }

  /** A number for fields that are looked at together. */
  together(fields: readonly string[]): number {
    const key = fields.join('\0')
    let number = this.#togetherByKey.get(key)
    if (number === undefined) {
      number = this.#together.length
      this.#together.push({ fields: fields.map(field => this.add(field)), texts: undefined, lowers: undefined })
      this.#togetherByKey.set(key, number)
    }
    return number
  }

  /** The texts of the fields' values, each once. */
  textsOf(number: number): readonly string[] {
    const together = this.#together[number]!
    if (together.texts === undefined) {
      together.texts = this.#textsIn(together.fields)
      this.#asked.push(together)
    }
    return together.texts
  }

  #textsIn(fields: readonly number[]): readonly string[] {
    let texts: string[] | undefined
    for (let i = 0; i < fields.length; i++) {
      const { items, count } = this.#leaves[fields[i]!]!
      for (let j = 0; j < count; j++) {
        const leaf = items[j]!
        const text = typeof leaf === 'string' ? leaf : String(leaf)
        if (texts === undefined) texts = [text]
        else if (texts.length > fewTexts || !texts.includes(text)) texts.push(text)
      }
    }
    return texts ?? none
  }

  /** The same in lower case (ASCII). */
  lowersOf(number: number): readonly string[] {
    const together = this.#together[number]!
    if (together.lowers !== undefined) return together.lowers
    const texts = this.textsOf(number)
    if (texts.length === 0) return none
    together.lowers = texts.map(asciiLower)
    return together.lowers
  }

  /** The texts of all values of the event that have at least so many characters, whatever their fields. Good until the next event. */
  everything(lengthMin: number): ReusedList<string> {
    const texts = this.#everything
    texts.letGo('')
    collectIn(this.#event, lengthMin, texts, 0)
    return texts
  }

  /** The texts that a test on any field looks at. */
  anyTexts(): readonly string[] {
    this.#anyTexts ??= this.#any.of(this.#event)
    return this.#anyTexts
  }

  anyLowers(): readonly string[] {
    this.#anyLowers ??= this.anyTexts().map(asciiLower)
    return this.#anyLowers
  }

  #walk(node: Node, object: object): void {
    const { keys } = node
    if (keys.length <= keysFew) {
      for (let i = 0; i < keys.length; i++) {
        const value = (object as Record<string, unknown>)[keys[i]!]
        if (value !== undefined) this.#visit(node.nodes[i]!, value)
      }
      return
    }
    for (const key in object) {
      const child = node.byKey.get(key)
      if (child !== undefined) this.#visit(child, (object as Record<string, unknown>)[key])
    }
  }

  #visit(node: Node, value: unknown): void {
    if (typeof value === 'object') {
      if (value === null) return
      if (Array.isArray(value)) for (let i = 0; i < value.length; i++) this.#visit(node, value[i])
      else if (node.keys.length > 0) this.#walk(node, value)
    } else if (node.field >= 0 && isLeaf(value)) {
      const leaves = this.#leaves[node.field]!
      if (leaves.count === 0) this.present.push(node.field)
      leaves.push(value)
    }
  }
}

function collect(value: unknown, lengthMin: number, texts: ReusedList<string>, depth: number): void {
  if (typeof value === 'string') {
    // The native field mostly repeats the ECS one.
    if (value.length >= lengthMin && (value.length < longText || !texts.includes(value))) texts.push(value)
  } else if (typeof value !== 'object') {
    if (lengthMin <= numberLengthMax && isLeaf(value)) texts.push(String(value))
  } else if (value !== null && depth <= depthMax) collectIn(value, lengthMin, texts, depth)
}

function collectIn(value: object, lengthMin: number, texts: ReusedList<string>, depth: number): void {
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) collect(value[i], lengthMin, texts, depth + 1)
  else
    for (const key in value) {
      const inner = (value as Record<string, unknown>)[key]
      if (inner !== undefined) collect(inner, lengthMin, texts, depth + 1)
    }
}
