/**
 * Messages as sentences with blanks: what most daemons say is one of a few dozen fixed phrases. A table of them makes a reader; the
 * blanks name the ECS field (or the daemon's own) that they fill. Shared by the parsers of daemons.
 *
 *   template = text with blanks: "DHCPACK on {client.ip} to {client.mac} via {interface}"
 *   {path}   one word, up to the next text of the template (no blank inside)
 *   {path*}  any text, up to the first place where the next text of the template stands
 *   {path>}  any text, up to the last such place: for names that strangers choose, before something that they do not
 *   {path=n} a number
 *   {_}      not kept (the message is)
 *   "…" at the end: anything may follow
 *
 * Matching takes one `indexOf` a blank: linear, without going back.
 */

/** Template, action, categories, types, outcome, and more fields that the phrase implies. */
export type Phrase = readonly [
  template: string,
  action: string | undefined,
  category: string,
  type: string,
  outcome?: 'success' | 'failure' | 'unknown' | undefined,
  more?: Readonly<Record<string, string>>
]

export type Blank = {
  readonly path: readonly string[]
  /** The path as it is written. */
  readonly name: string
  readonly any: boolean
  readonly last: boolean
  readonly number: boolean
}

export type CompiledPhrase = {
  /** The text before each blank, and after the last. */
  readonly texts: readonly string[]
  readonly blanks: readonly Blank[]
  readonly open: boolean
  readonly action: string | undefined
  readonly category: readonly string[]
  readonly type: readonly string[]
  readonly outcome: string | undefined
  readonly more: readonly (readonly [path: readonly string[], value: string])[]
}

export type Matched = { readonly phrase: CompiledPhrase; readonly values: readonly string[] }

export type Phrases = {
  /** By the first word of the message, where the template begins with a whole one. */
  readonly byWord: ReadonlyMap<string, readonly CompiledPhrase[]>
  /** Those whose first word is not fixed, tried last. */
  readonly others: readonly CompiledPhrase[]
}

export function compilePhrases(phrases: readonly Phrase[]): Phrases {
  const byWord = new Map<string, CompiledPhrase[]>()
  const others: CompiledPhrase[] = []
  for (const phrase of phrases) {
    const compiled = compile(phrase)
    const first = compiled.texts[0]!
    const space = first.indexOf(' ')
    const whole = compiled.blanks.length === 0 && !compiled.open
    const word = space > 0 ? first.slice(0, space) : whole ? first : undefined
    if (word === undefined) others.push(compiled)
    else if (byWord.has(word)) byWord.get(word)!.push(compiled)
    else byWord.set(word, [compiled])
  }
  return { byWord, others }
}

/** The first phrase that the text is. */
export function matchPhrase(phrases: Phrases, text: string): Matched | undefined {
  const space = text.indexOf(' ')
  const word = space < 0 ? text : text.slice(0, space)
  const candidates = phrases.byWord.get(word)
  if (candidates !== undefined)
    for (const phrase of candidates) {
      const values = fill(phrase, text)
      if (values !== undefined) return { phrase, values }
    }
  for (const phrase of phrases.others) {
    const values = fill(phrase, text)
    if (values !== undefined) return { phrase, values }
  }
  return undefined
}

function fill(phrase: CompiledPhrase, text: string): string[] | undefined {
  const { texts, blanks, open } = phrase
  const first = texts[0]!
  if (!text.startsWith(first)) return undefined
  let at = first.length
  const values: string[] = []
  for (let i = 0; i < blanks.length; i++) {
    const { any, last } = blanks[i]!
    const next = texts[i + 1]!
    let end: number
    if (next === '') {
      // The last blank of all.
      if (any || last) end = text.length
      else {
        const space = text.indexOf(' ', at)
        end = space < 0 ? text.length : space
      }
    } else {
      end = last ? text.lastIndexOf(next) : text.indexOf(next, at)
      if (end < at) return undefined
    }
    const value = text.slice(at, end)
    if (!any && !last && value.includes(' ')) return undefined
    values.push(value)
    at = end + next.length
  }
  return open || at === text.length ? values : undefined
}

function compile([template, action, category, type, outcome, more]: Phrase): CompiledPhrase {
  const open = template.endsWith('…')
  const source = open ? template.slice(0, -1) : template
  const texts: string[] = []
  const blanks: Blank[] = []
  let at = 0
  for (;;) {
    const from = source.indexOf('{', at)
    if (from < 0) break
    const to = source.indexOf('}', from)
    texts.push(source.slice(at, from))
    let name = source.slice(from + 1, to)
    const number = name.endsWith('=n')
    if (number) name = name.slice(0, -2)
    const any = name.endsWith('*')
    const last = name.endsWith('>')
    if (any || last) name = name.slice(0, -1)
    blanks.push({ path: name.split('.'), name, any, last, number })
    at = to + 1
  }
  texts.push(source.slice(at))
  return {
    texts,
    blanks,
    open,
    action,
    category: words(category),
    type: words(type),
    outcome,
    more: Object.entries(more ?? {}).map(([path, value]) => [path.split('.'), value] as const)
  }
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ')
}
