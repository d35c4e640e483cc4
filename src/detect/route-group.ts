/**
 * The rules of one route, with an index over what each of them needs: of a thousand rules about started processes, those that the
 * event at hand could pass are a handful, and only they are evaluated.
 */

import type { Expression } from '../filter/expression.ts'
import { anyField } from '../filter/virtual-fields.ts'
import type { EventFields } from './event-fields.ts'
import { Place } from './place.ts'
import { forEachNeed, isMetByNeeds, type Need, presentWeight, requiredBy, type Weigh } from './required.ts'
import { ReusedList } from './reused-list.ts'
import type { SharedTest, SharedTests } from './shared-tests.ts'

/** Of values that are the same in several fields (the ECS name and the native one) each is gone through once. */
const sameValuesMax = 4

export class RouteGroup {
  readonly #fields: EventFields
  /** What the caller knows each rule by. */
  readonly #names: readonly number[]
  /** Compiled when the rule is first worth evaluating: most never are. */
  readonly #tests: (SharedTest | undefined)[]
  readonly #expressions: (Expression | undefined)[]
  readonly #shared: SharedTests
  /** By rule: 1 where it is passed as soon as one of its needs is met. */
  readonly #met: Uint8Array
  /** Rules that an event without any value could pass. */
  readonly #always: number[] = []
  /** By the number of a field. */
  #places: (Place | undefined)[] = []
  /** What is looked for in all values of an event: the matcher does it for all groups at once. */
  readonly anywhere: { readonly need: Need; readonly rule: number }[] = []
  /** By rule: the round in which it last became a candidate. */
  readonly #asked: Float64Array
  readonly #candidates = new ReusedList<number>()
  readonly #touched = new ReusedList<Place>()
  #round = 0

  constructor(rules: readonly { readonly name: number; readonly expression: Expression }[], tests: SharedTests) {
    this.#fields = tests.fields
    this.#names = rules.map(({ name }) => name)
    this.#shared = tests
    this.#tests = new Array(rules.length)
    this.#expressions = rules.map(({ expression }) => expression)
    this.#met = new Uint8Array(rules.length)
    this.#asked = new Float64Array(rules.length)
    // Their values are read from the next event on, whenever they are compiled.
    for (const { expression } of rules) tests.prepare(expression)
    this.#index(rules.map(({ expression }) => expression))
  }

  #index(expressions: readonly Expression[]): void {
    const weigh = commonness(expressions)
    const groups = new FieldGroups()
    const chosen = expressions.map(expression => requiredBy(expression, weigh)?.needs)
    for (const needs of chosen) for (const { fields } of needs ?? []) if (fields !== undefined) groups.join(fields)
    const places = new Map<string, Place>()
    chosen.forEach((needs, rule) => {
      if (needs === undefined) {
        this.#always.push(rule)
        return
      }
      for (const need of needs) {
        if (need.fields === undefined || need.fields[0] === anyField) {
          this.anywhere.push({ need, rule })
          continue
        }
        const group = groups.of(need.fields[0]!)
        let place = places.get(group)
        if (place === undefined) {
          place = new Place()
          places.set(group, place)
        }
        place.add(need, rule)
        for (const field of need.fields) this.#places[this.#fields.add(field)] = place
      }
      // A place of more fields than the need's is met by values of others, too.
      const lists = new Set(needs.map(({ fields }) => fields ?? []))
      if (isMetByNeeds(expressions[rule]!) && [...lists].every(fields => groups.isWhole(fields))) this.#met[rule] = 1
    })
    for (const place of places.values()) place.build()
    this.#places = Array.from({ length: this.#places.length }, (_, i) => this.#places[i])
  }

  /** Adds the names of the rules that the event at hand passes. `more`: those whose needs were found anywhere in it. */
  match(found: ReusedList<number>, more: readonly number[]): void {
    this.#choose()
    this.#ask(more, this.#round)
    const candidates = this.#candidates
    for (let i = 0; i < candidates.count; i++) {
      const rule = candidates.items[i]!
      if (this.#met[rule] === 1 || (this.#tests[rule] ?? this.#compile(rule))()) found.push(this.#names[rule]!)
    }
  }

  #compile(rule: number): SharedTest {
    const test = this.#shared.compile(this.#expressions[rule]!)
    this.#tests[rule] = test
    this.#expressions[rule] = undefined
    return test
  }

  /** Makes `#candidates` of the rules that are worth evaluating, but for those that are looked for anywhere. */
  #choose(): void {
    const fields = this.#fields
    const round = ++this.#round
    const candidates = this.#candidates
    const touched = this.#touched
    candidates.empty()
    for (let i = 0; i < this.#always.length; i++) candidates.push(this.#always[i]!)
    const { items: present, count } = fields.present
    for (let i = 0; i < count; i++) {
      const place = this.#places[present[i]!]
      if (place === undefined) continue
      if (place.round !== round) {
        place.round = round
        touched.push(place)
        this.#ask(place.present, round)
      }
      const leaves = fields.leaves(present[i]!)
      for (let j = 0; j < leaves.count; j++) {
        const leaf = leaves.items[j]!
        const value = typeof leaf === 'string' ? leaf : String(leaf)
        if (place.seen.includes(value)) continue
        if (place.seen.count < sameValuesMax) place.seen.push(value)
        this.#ask(place.rulesFor(value), round)
      }
    }
    for (let i = 0; i < touched.count; i++) touched.items[i]!.seen.letGo('')
    touched.empty()
  }

  #ask(rules: readonly number[], round: number): void {
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!
      if (this.#asked[rule] === round) continue
      this.#asked[rule] = round
      this.#candidates.push(rule)
    }
  }
}

/** Fields that are looked at together, directly or by way of others, are one group. */
class FieldGroups {
  readonly #parents = new Map<string, string>()
  readonly #fields = new Set<string>()

  of(field: string): string {
    let at = field
    for (let parent = this.#parents.get(at); parent !== undefined; parent = this.#parents.get(at)) at = parent
    return at
  }

  join(fields: readonly string[]): void {
    const first = this.of(fields[0]!)
    for (const field of fields) {
      this.#fields.add(field)
      const root = this.of(field)
      if (root !== first) this.#parents.set(root, first)
    }
  }

  /** Are these all fields of their group? */
  isWhole(fields: readonly string[]): boolean {
    const root = this.of(fields[0]!)
    for (const field of this.#fields) if (this.of(field) === root && !fields.includes(field)) return false
    return true
  }
}

/** Texts as they stand in events that mean no harm: what is a piece of one tells rules apart badly. */
const ordinary = [
  'c:\\windows\\system32\\svchost.exe -k netsvcs -p -s',
  'c:\\program files (x86)\\microsoft\\edge\\application\\msedge.exe --type=',
  'c:\\windows\\system32\\cmd.exe /c ',
  'c:\\windows\\explorer.exe',
  'c:\\users\\appdata\\local\\temp\\',
  'c:\\windows\\syswow64\\',
  'powershell.exe -noprofile -executionpolicy bypass -file',
  'nt authority\\system',
  'microsoft® windows® operating system microsoft corporation',
  'https://www.google.com/ http://',
  'hklm\\software\\microsoft\\windows\\currentversion\\ hkcu\\system\\currentcontrolset\\services\\'
].join('\0')

const nonAscii = /[^\x00-\x7f]/
/** Characters that stand in most values. */
const everyday = /[a-z0-9 \\.":/_,()=-]/

/** A need that many rules have is, as a rule, one that many events meet. */
function commonness(expressions: readonly Expression[]): Weigh {
  const counts = new Map<string, number>()
  for (const expression of expressions)
    forEachNeed(expression, need => {
      const key = keyOf(need)
      counts.set(key, (counts.get(key) ?? 0) + 1)
    })
  return need => {
    if (need.kind === 'present') return presentWeight
    if (need.kind === 'foreign') return 20
    const rules = counts.get(keyOf(need)) ?? 1
    const weight = need.kind === 'equal' ? rules * 2 : rules * weightOf(need.text)
    return Math.min(presentWeight - 20, weight)
  }
}

function weightOf(text: string): number {
  if (nonAscii.test(text)) return 1
  const { length } = text
  const base =
    length >= 12
      ? 1
      : length >= 7
        ? 2
        : length >= 5
          ? 4
          : length === 4
            ? 8
            : length === 3
              ? 20
              : length === 2
                ? 60
                : 100
  if (length === 1 && everyday.test(text)) return presentWeight
  return base + (ordinary.includes(text) ? 300 : 0)
}

function keyOf(need: Need): string {
  return `${need.kind} ${need.fields?.[0] ?? ''} ${need.text}`
}
