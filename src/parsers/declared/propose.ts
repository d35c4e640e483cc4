/**
 * From a few pasted records to a definition: which parts are always the same, which vary, of what type they are, and where they
 * probably belong in ECS. A proposal, to be read and corrected by a person; each of its patterns matches the lines that it came from.
 */

import type { JsonObject } from '../../core/parser.ts'
import { jsonElements } from '../json-elements.ts'
import { isEcsField, named } from '../ndjson/names.ts'
import { parseTime } from '../ndjson/times.ts'
import type { Definition } from './definition.ts'
import { matchLine, readPattern, weight } from './pattern.ts'
import { FieldNames } from './propose-names.ts'
import { proposeTable } from './propose-table.ts'
import { beginsRecord, beginsWithTime, isBlank, recordsOf } from './records.ts'
import { remarksOn } from './remarks.ts'
import { kindsOf, type Token, tokenise } from './tokens.ts'

const linesMax = 500
const lineCharsMax = 4096
const patternsMax = 20

export type Proposal = {
  readonly definition: Definition
  /** What a person should look at, a sentence each. */
  readonly remarks: readonly string[]
}

/** A definition for the records of a text. `name` is the format's; the text may be lines or JSON. Undefined where it holds no record. */
export function propose(sample: string, name: string): Proposal | undefined {
  const text = sample.charCodeAt(0) === 0xfeff ? sample.slice(1) : sample
  const first = text.trimStart()[0]
  if (first === '{' || first === '[') {
    const objects = jsonElements(text, linesMax)
      .map(parseObject)
      .filter(json => json !== undefined)
    if (objects.length > 0) return proposeJson(objects, name)
  }
  const lines = text
    .split(/\r?\n/)
    .filter(line => line.trim() !== '' && line.length <= lineCharsMax)
    .slice(0, linesMax)
  if (lines.length === 0) return undefined
  const begins = beginningOf(lines)
  const begun = begins === 'line' ? lines : lines.filter(line => beginsRecord(line, { begins, ignore: [] }))
  const table = proposeTable(lines, name)
  const definition: Definition = {
    ...blank(name),
    ...(table ?? { begins, ...patternsFor(begun, name) })
  }
  return { definition, remarks: remarksOn(definition, recordsOf(text, definition).slice(0, linesMax)) }
}

/** Do records span lines? Where some lines begin with a time and others are indented, or nothing but indentation tells. */
function beginningOf(lines: readonly string[]): Definition['begins'] {
  const indented = lines.filter(line => isBlank(line.charCodeAt(0))).length
  if (indented === 0 || indented === lines.length) return 'line'
  const timed = lines.filter(beginsWithTime).length
  if (timed > 0) return 'time'
  return lines.length - indented >= 2 && !isBlank(lines[0]!.charCodeAt(0)) ? 'unindented' : 'line'
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}

function blank(name: string): Definition {
  const words = name.replaceAll('-', ' ')
  return {
    name,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    input: 'text',
    patterns: [],
    begins: 'line',
    ignore: [],
    fields: {},
    requires: [],
    set: {},
    values: {},
    cases: []
  }
}

// Text.

/** Lines that one pattern will match. */
type Group = { readonly kinds: string; readonly lines: Token[][] }

function patternsFor(
  lines: readonly string[],
  name: string
): Pick<Definition, 'patterns' | 'set' | 'values' | 'fields'> {
  const groups: Group[] = []
  for (const line of lines) {
    const tokens = tokenise(line)
    const kinds = kindsOf(tokens)
    const home = groups.find(
      group => group.kinds === kinds && sharedWords(group.lines[0]!, tokens, tokens.length) >= 0.5
    )
    if (home === undefined) groups.push({ kinds, lines: [tokens] })
    else home.lines.push(tokens)
  }
  const names = new FieldNames(name)
  const patterns = new Set<string>()
  for (const group of gathered(groups)) {
    const [first] = group
    const made =
      group.length === 1
        ? [patternOf(first!.lines, names)]
        : commonPatterns(
            group.flatMap(one => one.lines),
            names
          )
    for (const pattern of made) patterns.add(pattern)
  }
  const ordered = [...patterns].sort((a, b) => rank(b) - rank(a)).slice(0, patternsMax)
  return { patterns: used(ordered, lines), ...names.result() }
}

/** A pattern whose lines are all read by those before it is of no use. */
function used(patterns: readonly string[], lines: readonly string[]): string[] {
  const read = patterns.map(readPattern)
  const first = new Set(lines.map(line => read.findIndex(pattern => matchLine(pattern, line) !== undefined)))
  return patterns.filter((_, i) => first.has(i))
}

/** Patterns that end in "everything else" come after those that do not; then the more telling first. */
function rank(text: string): number {
  const pattern = readPattern(text)
  const last = pattern.fields.at(-1)?.type
  return weight(pattern) + pattern.fields.length - (last === 'rest' ? 1000 : 0)
}

/**
 * Groups of lines that differ in their number of words only (free text, a part that may be missing) are gathered under their common
 * beginning, if that is worth a pattern: half of the shorter one, and mostly the same words.
 */
function gathered(groups: readonly Group[]): Group[][] {
  const out: Group[][] = []
  for (const group of [...groups].sort((a, b) => b.lines.length - a.lines.length)) {
    const home = group.lines.length >= 3 ? undefined : out.find(other => alike(other[0]!, group))
    if (home === undefined) out.push([group])
    else home.push(group)
  }
  return out
}

function alike(a: Group, b: Group): boolean {
  const [one, other] = [a.lines[0]!, b.lines[0]!]
  const shared = commonLength(one, other)
  // Other keys are not free text: each line has its own pattern, so that none of them is lost in a sentence.
  if ([one, other].some(tokens => tokens.slice(shared).some(({ kind }) => kind === 'key'))) return false
  return shared >= 4 && shared >= Math.min(one.length, other.length) / 2 && sharedWords(one, other, shared) >= 0.7
}

/** The share of the words among the first tokens that are the same in both; 1 where there are none. */
function sharedWords(a: readonly Token[], b: readonly Token[], count: number): number {
  let words = 0
  let same = 0
  for (let i = 0; i < count; i++) {
    // The value of a pair is expected to vary.
    if (a[i]!.kind !== 'word' || a[i - 1]?.kind === 'key') continue
    words++
    if (a[i]!.text === b[i]!.text) same++
  }
  return words === 0 ? 1 : same / words
}

/** How many tokens two lines have in common from the beginning: the same kinds, and the same literals. */
function commonLength(a: readonly Token[], b: readonly Token[]): number {
  let i = 0
  while (i < a.length && i < b.length && a[i]!.kind === b[i]!.kind) {
    if ((a[i]!.kind === 'mark' || a[i]!.kind === 'key') && a[i]!.text !== b[i]!.text) break
    i++
  }
  return i
}

/** One pattern for lines of the same kinds of tokens. */
function patternOf(lines: readonly Token[][], names: FieldNames): string {
  return new PatternWriter(lines, names).write(lines[0]!.length, false)
}

/** Patterns for lines that begin alike: what they share, then the rest. Lines that end where the others go on have one of their own. */
function commonPatterns(lines: readonly Token[][], names: FieldNames): string[] {
  let shared = lines[0]!.length
  for (const line of lines) shared = Math.min(shared, commonLength(lines[0]!, line))
  const ended = lines.filter(line => line.length === shared)
  const going = lines.filter(line => line.length > shared)
  if (going.length === 0) return [patternOf(ended, names)]
  if (ended.length > 0) return [patternOf(ended, names), ...commonPatterns(going, names)]
  return [new PatternWriter(lines, names).write(shared, true)]
}

class PatternWriter {
  readonly #lines: readonly Token[][]
  readonly #names: FieldNames
  #out = ''
  /** A field stands last: something must part it from the next. */
  #open = false

  constructor(lines: readonly Token[][], names: FieldNames) {
    this.#lines = lines
    this.#names = names
  }

  write(count: number, more: boolean): string {
    this.#names.begin()
    const [first] = this.#lines
    const header = headerOf(first!)
    for (let i = 0; i < count; i++) {
      const token = first![i]!
      const texts = this.#lines.map(line => line[i]!.text)
      const constant = texts.every(text => text === texts[0])
      const known = header.get(i)
      if (known !== undefined) {
        this.#out += this.#names.known(known, token.kind === 'number' ? 'int' : 'word')
        this.#open = true
      } else if (token.kind === 'blank') this.#literal(' ')
      else if (token.kind === 'tail') this.#out += this.#names.rest()
      else if (token.kind === 'mark' || token.kind === 'key') {
        this.#literal(token.text)
        this.#names.literal(token.text)
      } else if (token.kind === 'word' && constant && !this.#names.expects(token.text)) {
        this.#literal(token.text)
        this.#names.literal(token.text)
      } else if (this.#open) {
        // Two values with nothing between them: they are one.
        this.#out = this.#out.replace(/:(?:word|int|number|ip|text)\}$/, ':word}')
      } else {
        this.#out += this.#names.field(token, texts, this.#unitAfter(i))
        this.#open = true
      }
    }
    if (more) {
      const tail = this.#lines.map(line =>
        line
          .slice(count)
          .map(token => token.text)
          .join('')
      )
      if (tail.some(text => text.trim() !== '')) this.#out += this.#names.rest()
    }
    // Words that vary at the end of a line are a sentence.
    const sentence = /(?:\{\w+\.field_\d+:word\} ?){2,}$/.exec(this.#out)
    if (sentence !== null) this.#out = this.#out.slice(0, sentence.index) + this.#names.known('message', 'rest')
    return this.#out.replace(/ $/, '')
  }

  /** The words right behind a number that are the same in all lines: `12034 bytes in`. */
  #unitAfter(i: number): string {
    const [first] = this.#lines
    const words: string[] = []
    for (let at = i + 1; words.length < 2 && first![at]?.kind === 'blank'; at += 2) {
      const word = first![at + 1]
      if (word?.kind !== 'word' || !/^[A-Za-z]{1,20}$/.test(word.text)) break
      if (!this.#lines.every(line => line[at + 1]?.text === word.text)) break
      words.push(word.text.toLowerCase())
    }
    return words.join('_')
  }

  #literal(text: string): void {
    this.#out += text.replaceAll('{', '{{').replaceAll('}', '}}')
    this.#open = false
  }
}

/** `time host program[pid]:`, with which syslog daemons begin lines: what stands at which token. */
function headerOf(tokens: readonly Token[]): ReadonlyMap<number, string> {
  const at = tokens.findIndex(({ kind }) => kind === 'time')
  const shape = tokens.slice(at, at + 9).map(({ kind, text }) => (kind === 'mark' ? text : kind))
  const found = at >= 0 && shape.join(' ') === 'time blank word blank word [ number ] :'
  return new Map(
    found
      ? [
          [at + 2, 'host.name'],
          [at + 4, 'process.name'],
          [at + 6, 'process.pid']
        ]
      : []
  )
}

// JSON.

function proposeJson(objects: readonly JsonObject[], name: string): Proposal {
  const fields: Record<string, string> = {}
  const paths = new Map<string, unknown[]>()
  for (const json of objects) walk(json, '', paths)
  const taken = new Set<string>()
  let timeRank = Number.POSITIVE_INFINITY
  let timePath: string | undefined
  for (const [path, values] of paths) {
    const last = path.slice(path.lastIndexOf('.') + 1)
    const about = named(last)
    if (
      about.timeRank !== undefined &&
      about.timeRank < timeRank &&
      values.every(value => parseTime(value, 0, 0) !== undefined)
    ) {
      timeRank = about.timeRank
      timePath = path
    }
    const target = isEcsField(path) ? path : about.target?.field
    if (target !== undefined && !taken.has(target) && target !== '@timestamp') {
      fields[path] = target
      taken.add(target)
    }
  }
  timePath ??= [...paths].find(([, values]) =>
    values.every(value => typeof value === 'string' && parseTime(value, 0, 0) !== undefined)
  )?.[0]
  if (timePath !== undefined) {
    delete fields[timePath]
    fields[timePath] = '@timestamp'
  }
  const always = [...paths].filter(([, values]) => values.length === objects.length).map(([path]) => path)
  const own = always.filter(path => named(path).target === undefined && named(path).timeRank === undefined)
  const requires = (own.length > 0 ? own : always).slice(0, 6)
  const definition: Definition = {
    ...blank(name),
    input: 'json',
    fields,
    requires: requires.length > 0 ? requires : [[...paths.keys()][0] ?? 'time']
  }
  return { definition, remarks: remarksOn(definition, []) }
}

function walk(json: JsonObject, prefix: string, paths: Map<string, unknown[]>, depth = 0): void {
  for (const key in json) {
    const value = json[key]
    const path = prefix + key
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 8)
      walk(value, `${path}.`, paths, depth + 1)
    else if (value !== null && paths.size < 500) paths.set(path, [...(paths.get(path) ?? []), value])
  }
}
