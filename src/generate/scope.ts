/**
 * Which fields there are, which name means which, and in what order they are drawn. Objects are taken apart into their members (`a.b`), so that
 * anything can refer to them; arrays, sessions and children are scopes of their own.
 */

import { nearest } from '../core/nearest.ts'
import { depthMax, type FieldSpec, fieldsMax, itemsMax, type LengthOption, longestOf } from './config.ts'
import type { Field } from './field.ts'
import { namesOf } from './fields/derived.ts'
import { type Problem, ProblemError } from './problem.ts'

export type Path = readonly (string | number)[]

export type Entry = {
  /** Within its scope: `a.b`. */
  readonly name: string
  /** Of the whole configuration: what its chance is named by. */
  readonly id: string
  readonly spec: FieldSpec
  readonly path: Path
  readonly slot: number
  /** All slots that drawing it fills. */
  readonly slots: number[]
  /** What is drawn before it, in the same scope. */
  readonly needs: Set<Entry>
  /** Of an array or a session: what each item, or each session, has. */
  readonly inner: Scope | undefined
  field: Field | undefined
}

/** A name that is found, and the entry of the asking scope that must be drawn before it is asked; none if an outer scope has drawn it. */
export type Found = { readonly entry: Entry; readonly before: Entry | undefined; readonly isShared: boolean }

export type Layer = {
  readonly key: string
  readonly entry: Entry | undefined
  readonly members: readonly Layer[] | undefined
}

export class Scope {
  readonly entries: Entry[] = []
  layers: readonly Layer[] = []
  readonly #names = new Map<string, Found>()
  readonly #objects = new Set<string>()
  readonly #outer: Scope | undefined
  /** `parent.`: how the outer scope's fields are called here. */
  readonly #outerPrefix: string
  /** The array in the outer scope that this is inside of: its neighbours are near. */
  readonly #inside: string

  constructor(outer?: Scope, outerPrefix = '', inside = '') {
    this.#outer = outer
    this.#outerPrefix = outerPrefix
    this.#inside = inside
  }

  add(entry: Entry): void {
    this.entries.push(entry)
    this.#names.set(entry.name, { entry, before: entry, isShared: false })
  }

  addObject(name: string): void {
    this.#objects.add(name)
  }

  /** What a session has, under the session's name. */
  share(session: Entry, prefix: string, inner: Scope): void {
    for (const entry of inner.entries)
      this.#names.set(`${prefix}.${entry.name}`, { entry, before: session, isShared: true })
  }

  get names(): string[] {
    const outer = this.#outer?.names.map(name => this.#outerPrefix + name) ?? []
    return [...this.#names.keys(), ...outer]
  }

  /** How this scope itself knows an entry; undefined if it is of another. */
  found(entry: Entry): Found | undefined {
    if (this.#names.get(entry.name)?.entry === entry) return this.#names.get(entry.name)
    for (const found of this.#names.values()) if (found.entry === entry) return found
    return undefined
  }

  /** A name as written by a field called `from`: its neighbours first, then further out. */
  find(name: string, from: string): Found {
    for (let end = from.lastIndexOf('.'); ; end = from.lastIndexOf('.', end - 1)) {
      const found = this.#names.get(end < 0 ? name : `${from.slice(0, end)}.${name}`)
      if (found !== undefined) return found
      if (end < 0) break
    }
    if (this.#outer !== undefined && name.startsWith(this.#outerPrefix)) {
      const outer = this.#outer
      try {
        return { ...outer.find(name.slice(this.#outerPrefix.length), this.#inside), before: undefined, isShared: true }
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
      }
    }
    if (this.#objects.has(name))
      throw new ProblemError(`refers to ${name}, which is an object: name one of its fields, like {${name}.…}`)
    const known = this.names
    const suggestion = nearest(name, known)
    throw new ProblemError(
      `refers to a field that is not there: ${name.slice(0, 100)}${suggestion === undefined ? `; there are: ${known.slice(0, 20).join(', ')}` : ''}`,
      { suggestion }
    )
  }
}

/** Gathers the fields of a configuration: slots are numbered through all scopes. */
export class Gatherer {
  slots = 0
  readonly problems: Problem[] = []
  #count = 0

  /** `before`: adds what else the fields may refer to. */
  scopeOf(
    fields: Readonly<Record<string, FieldSpec>>,
    path: Path,
    id: string,
    outer?: Scope,
    outerPrefix = '',
    before?: (scope: Scope) => void
  ): Scope {
    const scope = new Scope(outer, outerPrefix)
    before?.(scope)
    scope.layers = this.#layers(fields, path, id, '', scope, { depth: 0, items: 1 })
    for (const entry of scope.entries) this.#findNeeds(scope, entry)
    return scope
  }

  add(scope: Scope, name: string, id: string, spec: FieldSpec, path: Path, inner?: Scope): Entry {
    const slot = this.slots++
    const entry: Entry = { name, id, spec, path, slot, slots: [slot], needs: new Set(), inner, field: undefined }
    scope.add(entry)
    return entry
  }

  #layers(
    fields: Readonly<Record<string, FieldSpec>>,
    path: Path,
    id: string,
    prefix: string,
    scope: Scope,
    around: { readonly depth: number; readonly items: number }
  ): Layer[] {
    if (around.depth > depthMax) {
      this.problems.push({ path, message: `is nested more than ${depthMax} levels deep` })
      return []
    }
    return Object.entries(fields).flatMap(([key, spec]): Layer[] => {
      const here = [...path, key]
      const name = prefix === '' ? key : `${prefix}.${key}`
      if (++this.#count > fieldsMax) {
        if (this.#count === fieldsMax + 1)
          this.problems.push({ path: here, message: `is one field too many: at most ${fieldsMax}` })
        return []
      }
      if (spec.type === 'object') {
        scope.addObject(name)
        const gate =
          spec.nulls !== undefined || spec.absent !== undefined || spec.when !== undefined
            ? this.add(scope, `${name}()`, `${id}${name}`, { ...spec, type: 'constant', constant: 1 }, here)
            : undefined
        const members = this.#layers(
          spec['fields'] as Record<string, FieldSpec>,
          [...here, 'fields'],
          id,
          name,
          scope,
          { ...around, depth: around.depth + 1 }
        )
        return spec.hidden ? [] : [{ key, entry: gate, members }]
      }
      let inner: Scope | undefined
      if (spec.type === 'array') {
        const items = around.items * longestOf(spec['length'] as LengthOption | undefined)
        if (items > itemsMax) this.problems.push({ path: here, message: `can have more than ${itemsMax} items in all` })
        // One field without a name: `item`.
        inner = new Scope(scope, '', name)
        inner.layers = this.#layers({ items: spec['items'] as FieldSpec }, here, `${id}${name}[].`, '', inner, {
          depth: around.depth + 1,
          items
        })
      }
      const entry = this.add(scope, name, `${id}${name}`, spec, here, inner)
      return spec.hidden ? [] : [{ key, entry, members: undefined }]
    })
  }

  #findNeeds(scope: Scope, entry: Entry): void {
    try {
      for (const name of namesOf(entry.spec)) {
        const { before } = scope.find(name, entry.name)
        if (before !== undefined) entry.needs.add(before)
      }
      if (entry.spec.type === 'reference') {
        const { before, isShared } = scope.find(entry.spec['reference'] as string, entry.name)
        // What a record before had can be had at any time.
        if (isShared && before !== undefined) entry.needs.add(before)
      }
      if (entry.spec.type === 'array') {
        for (const item of entry.inner!.entries) this.#findNeeds(entry.inner!, item)
        this.#findInnerNeeds(scope, entry, entry.inner!)
      }
    } catch (error) {
      // A name that is not there is told when the field is compiled, and where it stands.
      if (!(error instanceof ProblemError)) throw error
    }
  }

  /** What the items of an array refer to outside is drawn before the array. */
  #findInnerNeeds(scope: Scope, array: Entry, inner: Scope): void {
    for (const entry of inner.entries) {
      const names = entry.spec.type === 'reference' ? [entry.spec['reference'] as string] : namesOf(entry.spec)
      for (const name of names) {
        const { entry: meant } = inner.find(name, entry.name)
        const found = scope.found(meant)
        if (found?.before !== undefined && found.before !== array) array.needs.add(found.before)
      }
      if (entry.spec.type === 'array') this.#findInnerNeeds(scope, array, entry.inner!)
    }
  }

  report(error: unknown, path: Path): void {
    if (!(error instanceof ProblemError)) throw error
    if (this.problems.length < 100)
      this.problems.push({ path: [...path, ...error.path], message: error.message, suggestion: error.suggestion })
  }
}

/** Each entry after those that it needs; otherwise as they are written. Throws where a field needs itself. */
export function inOrder(entries: readonly Entry[]): Entry[] {
  const order: Entry[] = []
  const state = new Map<Entry, 'open' | 'done'>()
  const within = new Set(entries)
  // Fields may be a thousand, each needing the next: no recursion.
  for (const first of entries) {
    const stack: { entry: Entry; needs: Iterator<Entry> }[] = []
    const open = (entry: Entry): void => {
      state.set(entry, 'open')
      stack.push({ entry, needs: entry.needs.values() })
    }
    if (!state.has(first)) open(first)
    while (stack.length > 0) {
      const { entry, needs } = stack.at(-1)!
      const { value: need, done } = needs.next()
      if (done) {
        state.set(entry, 'done')
        order.push(entry)
        stack.pop()
      } else if (state.get(need) === 'open') {
        const names = stack.map(({ entry }) => entry.name)
        const cycle = [...names.slice(names.indexOf(need.name)), need.name]
        throw Object.assign(new ProblemError(`needs itself: ${cycle.slice(0, 12).join(' → ')}`), { entry: need })
      } else if (!state.has(need) && within.has(need)) open(need)
    }
  }
  return order
}

/** An entry and all that it needs. */
export function closureOf(entry: Entry): Set<Entry> {
  const all = new Set<Entry>([entry])
  for (const one of all) for (const need of one.needs) all.add(need)
  return all
}
