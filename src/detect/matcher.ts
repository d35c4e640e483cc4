/**
 * Many rules as one question: which of them does this event pass? Each distinct route is asked once an event (most rules share a few
 * dozen); the rules of the routes that fit are looked up by what they need (`route-group.ts`); only what is left is evaluated, on
 * values that were read and lower-cased once. It gives what `toPredicate` of each route and rule would give.
 */

import type { EcsEvent } from '../core/parser.ts'
import type { Expression } from '../filter/expression.ts'
import { EventFields } from './event-fields.ts'
import { RouteGroup } from './route-group.ts'
import type { DetectionRule } from './rule.ts'
import { SharedTests } from './shared-tests.ts'

export type Matcher = {
  /** The rules that the event passes, by their place in the list that was compiled, in no order. The list is good until the next call. */
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
  const found: number[] = []
  // The routes themselves are found like rules, but by the few fields that they look at.
  const asked = new SharedTests(new EventFields())
  const router = new RouteGroup(
    routes.map(({ route }, name) => ({ name, expression: route })),
    asked
  )
  const tests = new SharedTests(new EventFields())
  const groups: (RouteGroup | undefined)[] = routes.map(() => undefined)
  const taken: number[] = []
  return {
    match(event) {
      found.length = 0
      taken.length = 0
      asked.begin(event)
      router.match(taken)
      if (taken.length === 0) return found
      // Before the event is read: a group adds the fields that it asks for.
      for (const route of taken) groups[route] ??= new RouteGroup(routes[route]!.load(), tests)
      tests.begin(event)
      for (const route of taken) groups[route]!.match(found)
      return found
    }
  }
}
