/**
 * Sentences with gaps, as network devices and daemons word their messages: `Deny {transport} from {source}/{port#} on {interface}`.
 * A wording is compiled once and matched in time linear in the text (times the number of gaps), without going back.
 *
 *   wording  = *( literal | gap | option )
 *   gap      = "{" [ name ] [ "#" | "." ] "}"     a value up to what follows it (to the end of the text, if it is last);
 *                                                 "#": digits only, "." : at least one character and no blanks; no name: passed over
 *                                                 a gap of digits may be followed by another gap
 *   option   = "[" wording "]"                    taken where it matches; begins with a literal
 *   "\[", "\]", "\{" and "\}" stand for themselves
 */

export type Wording = { readonly steps: readonly Step[] }

type Step =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'gap'; readonly slot: number; readonly only: Only; readonly next: Next }
  | { readonly kind: 'option'; readonly steps: readonly Step[] }

type Only = 'any' | 'digits' | 'word'

/** The literals that may come next; `open`: or the end of the text. */
type Next = { readonly stops: readonly string[]; readonly open: boolean }

/** Names of gaps to places in the array of values. All wordings of a format share one. */
export class Slots {
  readonly #places = new Map<string, number>()

  get count(): number {
    return this.#places.size
  }

  place(name: string): number {
    let place = this.#places.get(name)
    if (place === undefined) {
      place = this.#places.size
      this.#places.set(name, place)
    }
    return place
  }

  names(): readonly string[] {
    return [...this.#places.keys()]
  }
}

type Draft =
  | { kind: 'literal'; text: string }
  | { kind: 'gap'; slot: number; only: Only }
  | { kind: 'option'; drafts: Draft[] }

export function compileWording(pattern: string, slots: Slots): Wording {
  const { drafts, at } = readDrafts(pattern, 0, slots, false)
  if (at !== pattern.length) throw new Error(`a wording with a stray "]": ${pattern}`)
  return { steps: finish(drafts, { stops: [], open: true }, pattern) }
}

function readDrafts(pattern: string, from: number, slots: Slots, inside: boolean): { drafts: Draft[]; at: number } {
  const drafts: Draft[] = []
  let literal = ''
  let at = from
  const flush = () => {
    if (literal !== '') drafts.push({ kind: 'literal', text: literal })
    literal = ''
  }
  for (; at < pattern.length; at++) {
    const c = pattern[at]!
    if (c === '\\') literal += pattern[++at] ?? ''
    else if (c === '{') {
      flush()
      const end = pattern.indexOf('}', at)
      let name = pattern.slice(at + 1, end)
      const only: Only = name.endsWith('#') ? 'digits' : name.endsWith('.') ? 'word' : 'any'
      if (only !== 'any') name = name.slice(0, -1)
      drafts.push({ kind: 'gap', slot: name === '' ? -1 : slots.place(name), only })
      at = end
    } else if (c === '[') {
      flush()
      const inner = readDrafts(pattern, at + 1, slots, true)
      drafts.push({ kind: 'option', drafts: inner.drafts })
      at = inner.at
    } else if (c === ']' && inside) {
      flush()
      return { drafts, at }
    } else literal += c
  }
  flush()
  return { drafts, at }
}

/** `after`: what may follow the last of the drafts. */
function finish(drafts: readonly Draft[], after: Next, pattern: string): Step[] {
  return drafts.map((draft, i): Step => {
    const next = nextOf(drafts.slice(i + 1), after)
    if (draft.kind === 'literal') return draft
    if (draft.kind === 'option') return { kind: 'option', steps: finish(draft.drafts, next, pattern) }
    if (draft.only !== 'digits' && drafts[i + 1]?.kind === 'gap')
      throw new Error(`a wording with a gap after a gap: ${pattern}`)
    return { ...draft, next }
  })
}

function nextOf(drafts: readonly Draft[], after: Next): Next {
  const stops: string[] = []
  for (const draft of drafts) {
    if (draft.kind === 'literal') return { stops: [...stops, draft.text], open: false }
    // Only after an option: then anything may follow, and the option must tell.
    if (draft.kind === 'gap') return { stops, open: false }
    for (const stop of nextOf(draft.drafts, { stops: [], open: true }).stops) stops.push(stop)
  }
  return { stops: [...stops, ...after.stops], open: after.open }
}

/**
 * Matches from `at` and fills `values`. Returns where the match ended, or -1. Text may remain after the last literal.
 * Values that were empty, or in options that were not taken, are left as they were: clear `values` before.
 */
export function matchWording(wording: Wording, text: string, at: number, values: (string | undefined)[]): number {
  return matchSteps(wording.steps, text, at, values)
}

function matchSteps(steps: readonly Step[], text: string, from: number, values: (string | undefined)[]): number {
  let at = from
  for (const step of steps) {
    if (step.kind === 'literal') {
      if (!text.startsWith(step.text, at)) return -1
      at += step.text.length
    } else if (step.kind === 'gap') {
      const end = gapEnd(step.only, step.next, text, at)
      if (end < 0) return -1
      if (step.slot >= 0 && end > at) values[step.slot] = text.slice(at, end)
      at = end
    } else {
      const end = matchSteps(step.steps, text, at, values)
      if (end >= 0) at = end
    }
  }
  return at
}

function gapEnd(only: Only, next: Next, text: string, at: number): number {
  if (only === 'digits') {
    let end = at
    while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++
    return end === at ? -1 : end
  }
  let end = -1
  for (const stop of next.stops) {
    const found = text.indexOf(stop, at)
    if (found >= 0 && (end < 0 || found < end)) end = found
  }
  if (end < 0) {
    if (!next.open) return -1
    end = text.length
  }
  if (only === 'word') {
    const blank = text.indexOf(' ', at)
    if (blank >= 0 && blank < end) end = blank
    if (end === at) return -1
  }
  return end
}
