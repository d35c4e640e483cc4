/**
 * Many rules as one question: which of them does this event pass? Each distinct route is asked once an event (most rules share a few
 * dozen); the rules of the routes that fit are looked up by what they need (`route-group.ts`); only what is left is evaluated, on
 * values that were read and lower-cased once. It gives what `toPredicate` of each route and rule would give.
 */

import type { EcsEvent } from '../core/parser.ts'
import type { Expression } from '../filter/expression.ts'
import { EventFields } from './event-fields.ts'
import { Place } from './place.ts'
import { ReusedList } from './reused-list.ts'
import { RouteGroup } from './route-group.ts'
import type { DetectionRule } from './rule.ts'
import { SharedTests } from './shared-tests.ts'

export type Matcher = {
  /** The rules that the event passes, by their place in the list that was compiled, in no order. */
  match(event: EcsEvent): readonly number[]
}

/** The rules of a route; `load` is called when the first event takes it. */
export type Route = {
  readonly route: Expression
  readonly load: () => readonly { readonly name: number; readonly expression: Expression }[]
}

export function compileMatcher(rules: readonly DetectionRule[]): Matcher {
  const routes = new Map<string, { route: Expression; rules: { name: number; expression: Expression }[] }>()
  for (const [name, { route, expression }] of rules.entries()) {
    if (route.kind === 'none' || expression.kind === 'none') continue
    const key = JSON.stringify(route)
    const known = routes.get(key)
    if (known === undefined) routes.set(key, { route, rules: [{ name, expression }] })
    else known.rules.push({ name, expression })
  }
  return compileRoutes([...routes.values()].map(({ route, rules }) => ({ route, load: () => rules })))
}

/** Routes cost nothing until an event takes them. */
export function compileRoutes(routes: readonly Route[]): Matcher {
  const found = new ReusedList<number>()
  const tests = new SharedTests(new EventFields())
  // The routes themselves are found like rules.
  const router = new RouteGroup(
    routes.map(({ route }, name) => ({ name, expression: route })),
    tests
  )
  const routerAnywhere = new Anywhere([router])
  const groups: (RouteGroup | undefined)[] = routes.map(() => undefined)
  const taken = new ReusedList<number>()
  const anywhere = new Anywhere(groups)
  const load = (): boolean => {
    let isNew = false
    for (let i = 0; i < taken.count; i++) {
      const route = taken.items[i]!
      if (groups[route] !== undefined) continue
      groups[route] = new RouteGroup(routes[route]!.load(), tests)
      isNew = true
    }
    return isNew
  }
  return {
    match(event) {
      found.empty()
      taken.empty()
      tests.begin(event)
      router.match(taken, routerAnywhere.look(first, tests.fields).get(0) ?? nothing)
      if (taken.count === 0) return nothing
      // A group that is new asks for fields that were not read.
      if (load()) tests.begin(event)
      const more = anywhere.look(taken, tests.fields)
      for (let i = 0; i < taken.count; i++) {
        const route = taken.items[i]!
        groups[route]!.match(found, more.get(route) ?? nothing)
      }
      return found.count === 0 ? nothing : found.items.slice(0, found.count)
    }
  }
}

const nothing: readonly number[] = []
const first = new ReusedList<number>()
first.push(0)
/** So many combinations of routes are prepared; events take few. */
const combinationsMax = 64

type Wanted = { readonly place: Place; readonly rules: readonly (readonly [group: number, rule: number])[] }

/** What the rules of several groups look for in all values of an event, looked for once. */
class Anywhere {
  readonly #groups: readonly (RouteGroup | undefined)[]
  readonly #wanted = new Map<string, Wanted>()
  readonly #asking = new ReusedList<number>()
  /** What was wanted last, and by which groups: mostly it is wanted again. */
  #last: Wanted | undefined
  #lastAsking: readonly number[] = []
  readonly #found = new Map<number, number[]>()

  constructor(groups: readonly (RouteGroup | undefined)[]) {
    this.#groups = groups
  }

  /** By group, the rules whose needs are met. The map is good until the next call. */
  look(taken: ReusedList<number>, fields: EventFields): ReadonlyMap<number, readonly number[]> {
    const found = this.#found
    if (found.size > 0) found.clear()
    const asking = this.#asking
    asking.empty()
    for (let i = 0; i < taken.count; i++)
      if (this.#groups[taken.items[i]!]!.anywhere.length > 0) asking.push(taken.items[i]!)
    if (asking.count === 0) return found
    const { place, rules } = this.#wantedBy(asking)
    const { items, count } = fields.everything(place.lengthMin)
    for (let i = 0; i < count; i++)
      for (const number of place.rulesFor(items[i]!)) {
        const [group, rule] = rules[number]!
        const list = found.get(group)
        if (list === undefined) found.set(group, [rule])
        else list.push(rule)
      }
    return found
  }

  #wantedBy(asking: ReusedList<number>): Wanted {
    if (this.#last !== undefined && sameNumbers(asking, this.#lastAsking)) return this.#last
    const numbers = asking.items.slice(0, asking.count)
    const key = numbers.toSorted((a, b) => a - b).join()
    let known = this.#wanted.get(key)
    if (known === undefined) {
      const place = new Place(false)
      const rules: (readonly [number, number])[] = []
      for (const group of numbers)
        for (const { need, rule } of this.#groups[group]!.anywhere) {
          place.add(
            need.kind === 'equal' || need.kind === 'piece' ? { ...need, kind: 'piece', at: 'any' } : need,
            rules.length
          )
          rules.push([group, rule])
        }
      place.build()
      known = { place, rules }
      if (this.#wanted.size >= combinationsMax) this.#wanted.clear()
      this.#wanted.set(key, known)
    }
    this.#last = known
    this.#lastAsking = numbers
    return known
  }
}

function sameNumbers({ items, count }: ReusedList<number>, known: readonly number[]): boolean {
  if (count !== known.length) return false
  for (let i = 0; i < count; i++) if (items[i] !== known[i]) return false
  return true
}
