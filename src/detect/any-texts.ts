/**
 * The texts that a test on any field looks at (`anyText` of the filter), collected once an event for many tests. How a field is looked
 * into is remembered by its place in the document, up to a bound: names come from outside.
 */

import { columnOf } from '../core/columns.ts'
import type { EcsEvent } from '../core/parser.ts'
import { columnTexts, isLeaf, mapTexts, valuesOf } from '../filter/event-values.ts'
import { timeOfText } from '../filter/literals.ts'
import { lookIntoOf } from '../filter/virtual-fields.ts'

const depthMax = 64
const placesMax = 20_000

class Place {
  readonly field: string
  readonly how: ReturnType<typeof lookIntoOf>
  readonly children = new Map<string, Place>()

  constructor(field: string) {
    this.field = field
    this.how = field === '' ? 'text' : lookIntoOf(field)
  }
}

export class AnyTexts {
  #root = new Place('')
  #places = 0
  #event: EcsEvent = {}
  #texts: string[] = []

  of(event: EcsEvent): readonly string[] {
    if (this.#places > placesMax) {
      this.#root = new Place('')
      this.#places = 0
    }
    this.#event = event
    this.#texts = []
    this.#object(this.#root, event, 0)
    return this.#texts
  }

  #object(place: Place, object: object, depth: number): void {
    if (depth > depthMax) return
    for (const key in object) {
      let child = place.children.get(key)
      if (child === undefined) {
        child = new Place(place === this.#root ? key : `${place.field}.${key}`)
        place.children.set(key, child)
        this.#places++
      }
      this.#value(child, (object as Record<string, unknown>)[key], depth)
    }
  }

  #value(place: Place, value: unknown, depth: number): void {
    if (typeof value !== 'object') this.#leaf(place, value)
    else if (Array.isArray(value)) this.#items(place, value, depth + 1)
    else if (value !== null) this.#object(place, value, depth + 1)
  }

  #items(place: Place, items: readonly unknown[], depth: number): void {
    if (depth > depthMax) return
    for (const item of items) {
      if (typeof item !== 'object') this.#leaf(place, item)
      else if (Array.isArray(item)) this.#items(place, item, depth + 1)
      else if (item !== null) this.#object(place, item, depth + 1)
    }
  }

  #leaf(place: Place, leaf: unknown): void {
    if (leaf === '' || !isLeaf(leaf) || place.how === 'no') return
    if (place.how === 'text') {
      this.#add(String(leaf))
      return
    }
    const column = columnOf(place.field)!
    const leaves = valuesOf(place.field)(this.#event)
    for (const text of columnTexts(column, leaves)) this.#add(text)
    for (const text of mapTexts(place.field, leaves)) this.#add(text)
  }

  #add(text: string): void {
    if (text !== '' && timeOfText(text) === undefined) this.#texts.push(text)
  }
}
