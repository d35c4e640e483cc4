/**
 * Reads `picket.yaml`: text → tree with positions → checked configuration, or a list of what is wrong and where.
 * Read at start, and again whenever the file changes (`watchConfig`). Nothing here throws on a bad file.
 */

import { existsSync, readFileSync, statSync, watch } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Document, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { messageOf } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { type Diagnostic, explain, keyText, offsetOf, type Report, shown } from './config-diagnostics.ts'
import { type Config, configSchema } from './config-schema.ts'

export { type Diagnostic, printDiagnostics } from './config-diagnostics.ts'
export type { Config, SourceConfig } from './config-schema.ts'

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: false, logLevel: 'error' })
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
    const format = 'format' in source ? source.format : undefined
    if (format === undefined || formats === undefined || formats.includes(format)) continue
    const path = ['sources', index, 'format']
    report(
      offsetOf(document, path, false),
      keyText(path),
      `is not a known format: ${shown(format)}; known: ${formats.join(', ')}`,
      nearest(format, formats)
    )
  }
}
