/**
 * Makes `src/parsers/shared/user-agent-patterns.json` out of uap-core's regexes.yaml: `node src/testing/update-user-agents.ts`.
 * Run after an update of the development dependency `uap-core`. For each pattern it derives the literals of which one must
 * be present for the pattern to match, so that most patterns need not be run at all.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'

type Row = { readonly [key: string]: string | undefined; readonly regex: string }

/**
 * Patterns as they were in the uap-core that Elasticsearch carries, where the newer ones give another result for everyday agents.
 * Firefox without a patch version is `84.0.` there (an empty patch is appended): odd, but it is what existing searches look for.
 */
const asInElasticsearch: Readonly<Record<string, string>> = {
  '(Firefox)/(\\d+)\\.(\\d+)(?:\\.(\\d+)|$)': '(Firefox)/(\\d+)\\.(\\d+)\\.(\\d+)'
}

/** Lower-case literals, one of which is in every text that the expression matches; empty if none can be told. */
export function literalsOf(regex: string): readonly string[] {
  const reader = new LiteralReader(regex)
  const best = reader.alternatives().required
  return best === undefined ? [] : [...best]
}

/** What is known of a part of an expression: all texts it can match (if few), and a set of which one must be in any match. */
type Known = { readonly exact: ReadonlySet<string> | undefined; readonly required: ReadonlySet<string> | undefined }

const exactMax = 24
const requiredMax = 400
const nothing: Known = { exact: undefined, required: undefined }

class LiteralReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  alternatives(): Known {
    const branches = [this.#sequence()]
    while (this.#text[this.#at] === '|') {
      this.#at++
      branches.push(this.#sequence())
    }
    if (branches.length === 1) return branches[0]!
    const exact = new Set<string>()
    const required = new Set<string>()
    let exactKnown = true
    let requiredKnown = true
    for (const branch of branches) {
      if (branch.exact === undefined) exactKnown = false
      else for (const text of branch.exact) exact.add(text)
      const must = branch.required ?? useful(branch.exact)
      if (must === undefined) requiredKnown = false
      else for (const text of must) required.add(text)
    }
    return {
      exact: exactKnown && exact.size <= exactMax ? exact : undefined,
      required: requiredKnown && required.size <= requiredMax ? required : undefined
    }
  }

  #sequence(): Known {
    let run: ReadonlySet<string> = new Set([''])
    let whole = true
    let best: ReadonlySet<string> | undefined
    const consider = (set: ReadonlySet<string> | undefined): void => {
      if (set !== undefined && set.size > 0 && score(set) > score(best)) best = set
    }
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const part = this.#quantified()
      const joined = part.exact === undefined ? undefined : product(run, part.exact)
      if (joined !== undefined) {
        run = joined
        continue
      }
      whole = false
      consider(useful(run))
      consider(part.required)
      consider(useful(part.exact))
      run = part.exact ?? new Set([''])
    }
    consider(useful(run))
    return { exact: whole ? run : undefined, required: best }
  }

  #quantified(): Known {
    const atom = this.#atom()
    const mark = this.#text[this.#at]
    let min = 1
    let max = 1
    if (mark === '*' || mark === '+' || mark === '?') {
      this.#at++
      min = mark === '+' ? 1 : 0
      max = mark === '?' ? 1 : 99
    } else if (mark === '{') {
      const end = this.#text.indexOf('}', this.#at)
      const bounds = /^(\d*)(,?)(\d*)$/.exec(this.#text.slice(this.#at + 1, end))
      if (bounds !== null) {
        this.#at = end + 1
        min = Number(bounds[1] || '0')
        max = bounds[2] === '' ? min : Number(bounds[3] || '99')
      }
    } else return atom
    if (this.#text[this.#at] === '?' || this.#text[this.#at] === '+') this.#at++
    if (min === 1 && max === 1) return atom
    if (min === 0 && max === 1 && atom.exact !== undefined && atom.exact.size < exactMax)
      return { exact: new Set(['', ...atom.exact]), required: undefined }
    return min === 0 ? nothing : { exact: undefined, required: atom.required ?? useful(atom.exact) }
  }

  #atom(): Known {
    const c = this.#text[this.#at++]!
    if (c === '(') {
      if (this.#text.startsWith('?:', this.#at)) this.#at += 2
      else if (this.#text[this.#at] === '?') throw new Error(`group not understood: ${this.#text}`)
      const inner = this.alternatives()
      this.#at++
      return inner
    }
    if (c === '[') return this.#characters()
    if (c === '^' || c === '$') return one('')
    if (c === '.') return nothing
    if (c !== '\\') return one(c.toLowerCase())
    const escaped = this.#text[this.#at++]!
    if (escaped === 'b' || escaped === 'B') return one('')
    return /[A-Za-z0-9]/.test(escaped) ? nothing : one(escaped)
  }

  #characters(): Known {
    const start = this.#at
    if (this.#text[this.#at] === '^') this.#at++
    if (this.#text[this.#at] === ']') this.#at++
    while (this.#text[this.#at] !== ']') this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    const body = this.#text.slice(start, this.#at++)
    if (body.length > 8 || /[\^\\-]/.test(body)) return nothing
    return { exact: new Set(body.toLowerCase()), required: undefined }
  }
}

function one(text: string): Known {
  return { exact: new Set([text]), required: undefined }
}

/** A set without empty texts; the longer its shortest text, the better. */
function useful(set: ReadonlySet<string> | undefined): ReadonlySet<string> | undefined {
  return set === undefined || set.has('') ? undefined : set
}

function score(set: ReadonlySet<string> | undefined): number {
  if (set === undefined) return 0
  let shortest = 99
  for (const text of set) shortest = Math.min(shortest, text.length)
  return shortest * 1000 - set.size
}

function product(left: ReadonlySet<string>, right: ReadonlySet<string>): ReadonlySet<string> | undefined {
  if (left.size * right.size > exactMax) return undefined
  const out = new Set<string>()
  for (const a of left) for (const b of right) out.add(a + b)
  return out
}

const root = new URL('../../', import.meta.url)
const folder = new URL('node_modules/uap-core/', root)
const lists = parse(readFileSync(new URL('regexes.yaml', folder), 'utf8')) as Record<string, Row[]>
const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { version: string }

const rows = (name: string, ...replacements: string[]): unknown[] =>
  (lists[name] ?? []).map(row => {
    const regex = asInElasticsearch[row.regex] ?? row.regex
    return [regex, row['regex_flag'] ?? '', literalsOf(regex), replacements.map(key => row[key] ?? null)]
  })

const out = {
  source: `uap-core ${version}, regexes.yaml (https://github.com/ua-parser/uap-core), with required literals added`,
  copyright: 'Copyright 2009 Google Inc.',
  license: 'Apache-2.0',
  agents: rows('user_agent_parsers', 'family_replacement', 'v1_replacement', 'v2_replacement', 'v3_replacement'),
  systems: rows('os_parsers', 'os_replacement', 'os_v1_replacement', 'os_v2_replacement', 'os_v3_replacement'),
  devices: rows('device_parsers', 'device_replacement')
}
const lines = (list: unknown[]): string => list.map(row => JSON.stringify(row)).join(',\n')
writeFileSync(
  new URL('src/parsers/shared/user-agent-patterns.json', root),
  `{"source": ${JSON.stringify(out.source)},\n"copyright": ${JSON.stringify(out.copyright)},\n"license": "${out.license}",\n` +
    `"agents": [\n${lines(out.agents)}\n],\n"systems": [\n${lines(out.systems)}\n],\n"devices": [\n${lines(out.devices)}\n]}\n`
)
