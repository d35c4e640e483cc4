/**
 * Reads `picket.yaml`: text → tree with positions → checked configuration, or a list of what is wrong and where.
 * Read at start, and again whenever the file changes (`watchConfig`). Nothing here throws on a bad file.
 */

import { existsSync, readFileSync, statSync, watch } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { messageOf } from '../core/errors.ts'
import { type Config, configSchema, viewOf } from './config-schema.ts'
import { nearest } from './nearest.ts'

export type { Config, SourceConfig } from './config-schema.ts'

export type Diagnostic = {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  /** `server.port`, `sources[0].type`; empty for the file as a whole. */
  readonly key: string
  readonly message: string
  /** What was probably meant. */
  readonly suggestion?: string
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

export type LoadOptions = {
  /** For `${NAME}` in the file. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The formats that exist; if given, a source that names another is refused. */
  readonly formats?: readonly string[]
}

const fileBytesMax = 1 << 20
const diagnosticsMax = 100

/** What holds where nothing is configured. */
export function defaultConfig(): Config {
  return configSchema.parse({})
}

/** Reads the variables of the `.env` in the folder, if there is one, into the process's environment. Set ones win. */
export function loadEnvironment(folder: string): void {
  const file = join(folder, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
}

export function loadConfig(file: string, options: LoadOptions = {}): LoadedConfig {
  let text: string
  try {
    if (statSync(file).size > fileBytesMax) return failed(file, `is larger than ${fileBytesMax} bytes`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return failed(file, `cannot be read: ${messageOf(error)}`)
  }
  return parseConfig(text, file, options)
}

/** As `loadConfig`, from text. `file` is what diagnostics call it. */
export function parseConfig(text: string, file: string, options: LoadOptions = {}): LoadedConfig {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false })
  const diagnostics: Diagnostic[] = []
  const report = (offset: number, key: string, message: string, suggestion?: string) => {
    const { line, col } = lines.linePos(offset)
    const where = { file, line: Math.max(line, 1), column: Math.max(col, 1), key, message }
    if (diagnostics.length < diagnosticsMax)
      diagnostics.push(suggestion === undefined ? where : { ...where, suggestion })
  }
  for (const error of document.errors) report(error.pos[0], '', `is not YAML: ${error.message}`)
  if (diagnostics.length > 0) return { ok: false, diagnostics }

  fillVariables(document, options.env ?? process.env, report)
  let value: unknown
  try {
    value = withoutNulls(document.toJS({ maxAliasCount: 100 })) ?? {}
  } catch (error) {
    report(0, '', `is not YAML: ${messageOf(error)}`)
    return { ok: false, diagnostics }
  }
  const result = configSchema.safeParse(value)
  if (!result.success) for (const issue of result.error.issues) explain(issue, document, report)
  if (result.success) checkSources(result.data, options.formats, document, report)
  diagnostics.sort((a, b) => a.line - b.line || a.column - b.column)
  return result.success && diagnostics.length === 0 ? { ok: true, config: result.data } : { ok: false, diagnostics }
}

/** One line each: `picket.yaml:3:5 server.prot is not a known key; did you mean port?` */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  write: (text: string) => void = text => void process.stderr.write(text)
): void {
  for (const { file, line, column, key, message, suggestion } of diagnostics) {
    const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
    write(`${file}:${line}:${column} ${key === '' ? '' : key + ' '}${message}${hint}\n`)
  }
}

/**
 * Reads the file again when it changes (also when it is replaced, or reappears). `onChange` is called once for each
 * change of its content, 200 ms after the last write: with the new configuration, or with what is wrong with it
 * (then the caller keeps the old).
 */
export function watchConfig(
  file: string,
  onChange: (loaded: LoadedConfig) => void,
  options: LoadOptions & { readonly debounceMs?: number } = {}
): { close(): void } {
  const path = resolve(file)
  let known = contentOf(path)
  let timer: NodeJS.Timeout | undefined
  const check = () => {
    const content = contentOf(path)
    if (content === known) return
    known = content
    onChange(loadConfig(file, options))
  }
  // The folder is watched and not the file: editors and configuration management put a new file in its place.
  const watcher = watch(dirname(path), { persistent: false }, () => {
    clearTimeout(timer)
    timer = setTimeout(check, options.debounceMs ?? 200).unref()
  })
  watcher.on('error', () => {})
  return {
    close() {
      clearTimeout(timer)
      watcher.close()
    }
  }
}

function contentOf(path: string): string | undefined {
  try {
    return statSync(path).size > fileBytesMax ? 'too large' : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

type Report = (offset: number, key: string, message: string, suggestion?: string) => void
type Path = readonly PropertyKey[]

function failed(file: string, message: string): LoadedConfig {
  return { ok: false, diagnostics: [{ file, line: 1, column: 1, key: '', message }] }
}

/** `${NAME}` in a value becomes the variable's text. Keys and comments are left alone. */
function fillVariables(document: Document, env: NonNullable<LoadOptions['env']>, report: Report): void {
  visit(document, {
    Scalar(place, node, ancestors) {
      if (place === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      node.value = node.value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
        const value = env[name]
        if (value !== undefined) return value
        report(node.range?.[0] ?? 0, keyOf(ancestors), `needs the environment variable ${name}, which is not set`)
        return whole
      })
    }
  })
}

function keyOf(ancestors: readonly unknown[]): string {
  const path: PropertyKey[] = []
  for (const [index, ancestor] of ancestors.entries()) {
    if (isPair(ancestor) && isScalar(ancestor.key)) path.push(String(ancestor.key.value))
    else if (isSeq(ancestor)) path.push(ancestor.items.indexOf(ancestors[index + 1]))
  }
  return keyText(path)
}

/** A section whose lines are all commented out is null in YAML: it is taken as absent. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.map(item => withoutNulls(item) ?? null)
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNulls(item)]]))
  )
}

function explain(issue: z.core.$ZodIssue, document: Document, report: Report): void {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path, document)
    for (const key of issue.keys) {
      const path = [...issue.path, key]
      const hint = nearest(key, known)
      const list = hint === undefined && known.length > 0 ? `; known here: ${known.join(', ')}` : ''
      report(offsetOf(document, path, true), keyText(path), `is not a known key${list}`, hint)
    }
    return
  }
  const at = offsetOf(document, issue.path, false)
  const key = keyText(issue.path)
  // A secret is not repeated in a message that ends up in a log.
  const given = issue.path.at(-1) === 'password' ? 'what is written here' : document.getIn(issue.path as unknown[])
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    const known = (issue as { options?: unknown[] }).options?.map(String) ?? []
    if (given === undefined) report(at, key, `is missing; known types: ${known.join(', ')}`)
    else
      report(at, key, `is not a known type: ${shown(given)}; known: ${known.join(', ')}`, nearest(String(given), known))
  } else if (issue.code === 'invalid_value') {
    const known = issue.values.map(String)
    report(at, key, `must be one of ${known.join(', ')}, not ${shown(given)}`, nearest(String(given), known))
  } else if (issue.code === 'invalid_type' && given === undefined) {
    report(at, key, `is missing`)
  } else if (issue.code === 'invalid_type') {
    report(at, key, `must be ${article(issue.expected)}, not ${shown(given)}`)
  } else if (issue.code === 'invalid_union') {
    report(at, key, `must be text or a number, not ${shown(given)}`)
  } else if (issue.code === 'too_small' || issue.code === 'too_big') {
    const least = issue.code === 'too_small'
    const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum
    const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : ''
    report(at, key, `must be at ${least ? 'least' : 'most'} ${bound}${unit}`)
  } else if (issue.code === 'invalid_format' && issue.format === 'url') {
    report(at, key, `is not an http:// or https:// address: ${shown(given)}`)
  } else if (issue.code === 'custom') {
    report(at, key, issue.message)
  } else {
    report(at, key, issue.message.startsWith('must') ? issue.message : `is not valid: ${issue.message}`)
  }
}

function checkSources(
  config: Config,
  formats: readonly string[] | undefined,
  document: Document,
  report: Report
): void {
  const names = new Set<string>()
  for (const [index, source] of config.sources.entries()) {
    const name = ['sources', index, 'name']
    if (names.has(source.name)) report(offsetOf(document, name, false), keyText(name), `is taken by another source`)
    names.add(source.name)
    if (source.format === undefined || formats === undefined || formats.includes(source.format)) continue
    const path = ['sources', index, 'format']
    report(
      offsetOf(document, path, false),
      keyText(path),
      `is not a known format: ${shown(source.format)}; known: ${formats.join(', ')}`,
      nearest(source.format, formats)
    )
  }
}

/** The keys that the schema knows at a path. Where kinds differ by their `type`, those of the type that is written there. */
function knownKeys(path: Path, document: Document): readonly string[] {
  let view = viewOf(configSchema)
  for (const [index, step] of path.entries()) {
    const next = view.element ?? view.shape?.[String(step)]
    if (next === undefined) return []
    view = viewOf(next)
    if (view.options !== undefined) {
      const type = document.getIn([...path.slice(0, index + 1), 'type'])
      const chosen = view.options.map(viewOf).find(option => viewOf(option.shape!['type']!).values?.includes(type))
      if (chosen === undefined) return []
      view = chosen
    }
  }
  return Object.keys(view.shape ?? {})
}

/** Where a path stands in the text: its value, or its key; the nearest thing around it if it is absent. */
function offsetOf(document: Document, path: Path, key: boolean): number {
  let node: Node | null | undefined = document.contents as Node | null
  let offset = node?.range?.[0] ?? 0
  for (const [index, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) return offset
      const keyNode = pair.key as Node
      const value: Node | null | undefined = pair.value as Node | null
      const last = index === path.length - 1
      offset = (last && !key ? value?.range?.[0] : keyNode.range?.[0]) ?? keyNode.range?.[0] ?? offset
      node = value
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

function keyText(path: Path): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    ''
  )
}

function shown(value: unknown): string {
  if (isMap(value)) return 'a section'
  if (isSeq(value)) return 'a list'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? text.slice(0, 77) + '…' : text
}

function article(expected: string): string {
  const words: Record<string, string> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    object: 'a section (key: value lines)',
    array: "a list ('- ' lines)",
    boolean: 'true or false'
  }
  return words[expected] ?? expected
}
